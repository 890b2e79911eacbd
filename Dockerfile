# syntax=docker/dockerfile:1

# Builds the wheel: the core is compiled here, and no compiler reaches the image that runs.
FROM python:3.13-slim AS builder
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY pyproject.toml setup.py README.md LICENSE ./
COPY src ./src
# Dependencies that have no wheel for this platform are compiled here too.
RUN pip wheel --no-cache-dir --wheel-dir /wheels ".[mcp]"

FROM python:3.13-slim
RUN groupadd --system --gid 10001 orion \
    && useradd --system --uid 10001 --gid orion --home-dir /app --shell /usr/sbin/nologin orion \
    && mkdir --parents /app/data \
    && chown orion:orion /app/data
RUN --mount=type=bind,from=builder,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels "orion-runtime[mcp]"
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORION_STORAGE__URL=sqlite:/app/data/orion.db
USER orion
WORKDIR /app/data
VOLUME /app/data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Asks the port of the environment (a port set in a file alone needs a probe of its own), never through a proxy.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('ORION_SERVER__PORT', '8080') + '/healthz', timeout=2)"]
ENTRYPOINT ["orion-server"]
