from Cython.Shadow import *
