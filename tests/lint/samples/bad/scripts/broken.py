# SPDX-License-Identifier: ISC
def f(:
    pass
