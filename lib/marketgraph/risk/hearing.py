"""What each row of a block hears of its neighbours, for several columns at once. Plain numpy and numba, no Spark.

Sums are of whole numbers, so that neither the order of a row's neighbours nor the number of blocks can change a bit.
"""

from __future__ import annotations

import numpy as np

from marketgraph.communities.votes import Ints, Longs, Rows, compiled
from marketgraph.risk.ties import CODES, Floats

_CODE = CODES - 1
_SHIFT = CODES.bit_length() - 1


@compiled
def heard(rows: Rows, factors: Floats, told: Floats, domains: Ints) -> Longs:
    """For each row and column the sum over neighbours of weight times what the neighbour tells, as whole numbers.

    rows: votes are coded (ties.py). factors: (ties, domains). told: (vertices, columns), what each vertex tells, such
    that each row's sum stays below 2^63. domains: of each column. The weight is the vote's units times the factor of
    its tie in the column's domain, rounded to a whole number; each product is rounded likewise.
    """
    indptr, neighbours, votes = rows
    columns = told.shape[1]
    sums = np.zeros((indptr.size - 1, columns), np.int64)
    for row in range(indptr.size - 1):
        for at in range(indptr[row], indptr[row + 1]):
            units, code, neighbour = np.float64(votes[at] >> _SHIFT), votes[at] & _CODE, neighbours[at]
            for column in range(columns):
                word = told[neighbour, column]
                if word != 0.0:
                    weight = np.rint(units * factors[code, domains[column]])
                    sums[row, column] += np.int64(np.rint(weight * word))
    return sums
