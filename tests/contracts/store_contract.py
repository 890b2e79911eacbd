"""What every store promises. Subclass and provide `store`: open, migrated and empty."""

import pytest

from tests.contracts.store_channels import ChannelContract, ConnectorContract
from tests.contracts.store_dead_letters import DeadLetterContract, MarkContract, RetentionContract
from tests.contracts.store_documents import DocumentContract
from tests.contracts.store_instances import InstanceContract
from tests.contracts.store_records import GenerationContract, RecordContract
from tests.contracts.store_replacing import ReplacingContract
from tests.contracts.store_transactions import TransactionContract
from tests.contracts.store_workflow_lists import WorkflowListContract
from tests.contracts.store_workflows import WorkflowContract


class StoreContract(
    DocumentContract,
    WorkflowContract,
    WorkflowListContract,
    ChannelContract,
    ConnectorContract,
    ReplacingContract,
    RecordContract,
    MarkContract,
    DeadLetterContract,
    RetentionContract,
    GenerationContract,
    InstanceContract,
    TransactionContract,
):
    """Everything a store promises."""

    pytestmark = pytest.mark.anyio
