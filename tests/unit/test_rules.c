/* SPDX-License-Identifier: ISC */
/*
 * The language of rules, case by case. A grave accent stands for a quotation
 * mark. What is expected was worked out by hand from facts/api/rbac.yaml,
 * rule_language. In cases marked with OURS the original answers 500, or grants
 * what nobody meant: see rules.h and CHANGES.md.
 */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "authz/rules.h"
#include "tests/unit/unit.h"

#define NO     RULES_NO
#define YES    RULES_YES
#define UNSURE RULES_UNSURE
#define DEEP   RULES_DEEP
#define OURS   0x100

struct rules_case {
	const char *rc_rule;
	const char *rc_context;
	int rc_want;
};

static const struct rules_case scalars[] = {
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: `x`}", YES },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: `X`}", NO },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: `xy`}", NO },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: ``}", NO },
	{ "{`MATCH`: {`a`: ``}}", "{`a`: ``}", YES },
	{ "{`MATCH`: {`a`: `x`}}", "{`A`: `x`}", NO },
	{ "{`MATCH`: {`a`: `x`}}", "{`b`: `x`}", NO },
	{ "{`MATCH$`: {`a`: `x`}}", "{`a`: `x`}", YES },
	{ "{`MATCH$`: {`a`: `x`}}", "{`a`: `x`, `b`: `y`}", YES },
	{ "{`MATCH`: {`a`: `\\u00e9`}}", "{`a`: `\xc3\xa9`}", YES },
	/* Numbers and truth values, as Python compares them. */
	{ "{`MATCH`: {`a`: 1}}", "{`a`: 1}", YES },
	{ "{`MATCH`: {`a`: 1}}", "{`a`: 1.0}", YES },
	{ "{`MATCH`: {`a`: 1}}", "{`a`: true}", YES },
	{ "{`MATCH`: {`a`: true}}", "{`a`: 1}", YES },
	{ "{`MATCH`: {`a`: true}}", "{`a`: 1.0}", YES },
	{ "{`MATCH`: {`a`: true}}", "{`a`: true}", YES },
	{ "{`MATCH`: {`a`: true}}", "{`a`: false}", NO },
	{ "{`MATCH`: {`a`: false}}", "{`a`: 0}", YES },
	{ "{`MATCH`: {`a`: 0}}", "{`a`: -0.0}", YES },
	{ "{`MATCH`: {`a`: 2}}", "{`a`: true}", NO },
	{ "{`MATCH`: {`a`: 1}}", "{`a`: `1`}", NO },
	{ "{`MATCH`: {`a`: `1`}}", "{`a`: 1}", NO },
	{ "{`MATCH`: {`a`: `true`}}", "{`a`: true}", NO },
	{ "{`MATCH`: {`a`: 9007199254740993}}", "{`a`: 9007199254740992.0}",
	    NO },
	{ "{`MATCH`: {`a`: 9007199254740992}}", "{`a`: 9007199254740992.0}",
	    YES },
	{ "{`MATCH`: {`a`: 9223372036854775807}}",
	    "{`a`: 9223372036854775808.0}", NO },
	{ "{`MATCH`: {`a`: 1.5}}", "{`a`: 1.5}", YES },
	{ "{`MATCH`: {`a`: 1.5}}", "{`a`: 1}", NO },
	{ "{`MATCH`: {`a`: 1e22}}", "{`a`: 10000000000000000000000}", YES },
	/* Null is as good as absent. */
	{ "{`MATCH`: {`a`: null}}", "{`a`: null, `b`: 1}", NO },
	{ "{`MATCH`: {`a`: null}}", "{`a`: false}", NO },
	{ "{`MATCH`: {`a`: null}}", "{`a`: ``}", NO },
	{ "{`MATCH`: {`a`: {}}}", "{`a`: null, `b`: 1}", NO },
	{ "{`MATCH`: null}", "{`a`: 1}", NO },
	{ "{`FIND`: null}", "{`a`: [null]}", NO },
	{ "{`FIND`: {`a`: null}}", "{`l`: [{`a`: null}]}", NO },
	{ "{`MATCH`: {`a`: [null]}}", "{`a`: [null]}", YES },
	{ "{`MATCH`: {`a`: [null]}}", "{`a`: [null, 1]}", YES | OURS },
	{ "{`FIND`: {`a`: {`b`: 1}}}", "{`b`: 1, `l`: [{`a`: null}]}",
	    NO | OURS },
	{ NULL, NULL, 0 },
};

static const struct rules_case lists[] = {
	/* A text of the rule and a list of the context. */
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: [`x`]}", YES },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: [`y`, `x`]}", YES },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: [`y`]}", NO },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: []}", NO },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: [[`x`]]}", NO },
	{ "{`MATCH$`: {`a`: `x`}}", "{`a`: [`x`]}", YES },
	{ "{`MATCH$`: {`a`: `x`}}", "{`a`: [`x`, `y`]}", NO },
	{ "{`MATCH$`: {`a`: `x`}}", "{`a`: [`x`, `x`]}", NO },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: [5, `x`]}", YES | OURS },
	{ "{`MATCH`: {`a`: `x`}}", "{`a`: [{`x`: 1}, {`y`: 1}]}", NO | OURS },
	/* Other scalars of the rule do not look into lists. */
	{ "{`MATCH`: {`a`: 1}}", "{`a`: [1]}", NO },
	{ "{`MATCH`: {`a`: true}}", "{`a`: [true]}", NO },
	/* A list of the rule wants a list. */
	{ "{`MATCH`: {`a`: [`x`]}}", "{`a`: `x`}", NO },
	{ "{`MATCH`: {`a`: [`x`]}}", "{`a`: {`x`: 1}}", NO },
	{ "{`MATCH`: {`a`: [`x`]}}", "{`a`: [`x`]}", YES },
	{ "{`MATCH`: {`a`: [`x`]}}", "{`a`: [`y`, `x`]}", YES },
	{ "{`MATCH`: {`a`: [`x`, `y`]}}", "{`a`: [`x`]}", NO },
	{ "{`MATCH`: {`a`: [`x`, `y`]}}", "{`a`: [`y`, `x`]}", YES },
	{ "{`MATCH`: {`a`: [`x`, `y`]}}", "{`a`: [`z`, `y`, `x`]}", YES },
	{ "{`MATCH$`: {`a`: [`x`, `y`]}}", "{`a`: [`y`, `x`]}", YES },
	{ "{`MATCH$`: {`a`: [`x`, `y`]}}", "{`a`: [`z`, `y`, `x`]}", NO },
	{ "{`MATCH$`: {`a`: [`x`, `y`]}}", "{`a`: [`x`, `z`]}", NO },
	{ "{`MATCH$`: {`a`: [`x`, `y`]}}", "{`a`: [`x`]}", NO },
	/* Empty ones. */
	{ "{`MATCH`: {`a`: []}}", "{`a`: []}", YES },
	{ "{`MATCH$`: {`a`: []}}", "{`a`: []}", YES },
	{ "{`MATCH`: {`a`: []}}", "{`a`: [`x`]}", NO },
	{ "{`MATCH$`: {`a`: []}}", "{`a`: [`x`]}", NO },
	{ "{`MATCH`: {`a`: [`x`]}}", "{`a`: []}", NO },
	{ "{`MATCH`: {`a`: []}}", "{`a`: ``}", NO },
	/* Pairs are counted: the same value twice is two of them. */
	{ "{`MATCH`: {`a`: [`x`, `x`]}}", "{`a`: [`x`]}", YES },
	{ "{`MATCH`: {`a`: [`x`, `y`]}}", "{`a`: [`x`, `x`]}", YES },
	{ "{`MATCH$`: {`a`: [`x`, `y`]}}", "{`a`: [`x`, `x`]}", YES },
	{ "{`MATCH$`: {`a`: [`x`, `x`]}}", "{`a`: [`x`]}", NO },
	{ "{`MATCH$`: {`a`: [`x`, `x`]}}", "{`a`: [`x`, `y`]}", YES },
	{ "{`MATCH`: {`a`: [`x`, `y`, `z`]}}", "{`a`: [`x`, `x`]}", NO },
	/* Values of any kind. */
	{ "{`MATCH`: {`a`: [1]}}", "{`a`: [true]}", YES },
	{ "{`MATCH`: {`a`: [1, 2]}}", "{`a`: [2.0, 1.0, 3]}", YES },
	{ "{`MATCH`: {`a`: [1]}}", "{`a`: [`1`]}", NO },
	{ "{`MATCH`: {`a`: [{`b`: 1}]}}", "{`a`: [{`b`: 1}]}", YES },
	{ "{`MATCH`: {`a`: [{`b`: 1}]}}", "{`a`: [{`b`: 1, `c`: 2}]}", NO },
	{ "{`MATCH`: {`a`: [{`b`: 1, `c`: 2}]}}",
	    "{`a`: [{`c`: 2, `b`: true}]}", YES },
	{ "{`MATCH`: {`a`: [[`x`, `y`]]}}", "{`a`: [[`x`, `y`], [`z`]]}", YES },
	{ "{`MATCH`: {`a`: [[`x`, `y`]]}}", "{`a`: [[`y`, `x`]]}", NO },
	/* What Python cannot sort has members all the same. */
	{ "{`MATCH`: {`a`: [`x`, 1]}}", "{`a`: [1, `x`]}", YES | OURS },
	{ "{`MATCH`: {`a`: [`x`]}}", "{`a`: [1, `x`]}", YES | OURS },
	{ "{`MATCH$`: {`a`: [`x`]}}", "{`a`: [1, `x`]}", NO | OURS },
	{ "{`MATCH`: {`a`: [{`b`: 1}]}}", "{`a`: [{`c`: 1}, {`b`: 1}]}",
	    YES | OURS },
	{ "{`NOT`: {`MATCH`: {`a`: [`x`, 1]}}}", "{`a`: [1, `x`]}", NO | OURS },
	/* The same lists, where pairs would say something else. */
	{ "{`MATCH`: {`a`: [`r'(q)+z'x`]}}", "{`a`: [`r'(q)+z'x`]}", YES },
	{ "{`MATCH`: {`a`: [`r'(q)+z'x`, `w`]}}", "{`a`: [`w`, `r'(q)+z'x`]}",
	    YES },
	{ "{`MATCH`: {`a`: [`r'(q)+z'x`, `w`]}}",
	    "{`a`: [`w`, `r'(q)+z'x`, `v`]}", NO },
	{ "{`MATCH`: []}", "{`a`: []}", NO },
	{ "{`FIND`: []}", "{`a`: []}", YES },
	{ NULL, NULL, 0 },
};

static const struct rules_case objects[] = {
	{ "{`MATCH`: {`a`: `x`, `b`: `y`}}", "{`a`: `x`, `b`: `y`, `c`: `z`}",
	    YES },
	{ "{`MATCH`: {`a`: `x`, `b`: `y`}}", "{`b`: `y`, `a`: `x`}", YES },
	{ "{`MATCH`: {`a`: `x`, `b`: `y`}}", "{`a`: `x`}", NO },
	{ "{`MATCH`: {`a`: `x`, `b`: `y`}}", "{`a`: `x`, `b`: `z`}", NO },
	{ "{`MATCH`: {`a`: {`b`: `x`}}}", "{`a`: {`b`: `x`, `c`: 1}}", YES },
	{ "{`MATCH$`: {`a`: {`b`: `x`}}}", "{`a`: {`b`: `x`, `c`: 1}}", YES },
	{ "{`MATCH`: {`a`: {`b`: `x`}}}", "{`a`: {`c`: `x`}}", NO },
	{ "{`MATCH`: {`a`: {`b`: `x`}}}", "{`a`: `x`}", NO },
	{ "{`MATCH`: {`a`: {`b`: `x`}}}", "{`a`: [{`b`: `x`}]}", NO },
	{ "{`MATCH`: {`a`: {`b`: {`c`: `x`}}}}", "{`a`: {`b`: {`c`: [`x`]}}}",
	    YES },
	{ "{`MATCH$`: {`a`: {`b`: {`c`: `x`}}}}",
	    "{`a`: {`b`: {`c`: [`x`, `y`]}}}", NO },
	/* One that asks for nothing is met by anything that is there. */
	{ "{`MATCH`: {}}", "{`a`: 1}", YES },
	{ "{`MATCH`: {`a`: {}}}", "{`a`: {`b`: 1}}", YES },
	{ "{`MATCH`: {`a`: {}}}", "{`a`: `x`}", YES },
	{ "{`MATCH`: {`a`: {}}}", "{`a`: []}", YES },
	{ "{`MATCH`: {`a`: {}}}", "{`a`: false}", YES },
	{ "{`MATCH`: {`a`: {}}}", "{`b`: 1}", NO },
	{ "{`MATCH`: {`a`: {}}}", "{`a`: [{`x`: 1}, 2]}", YES | OURS },
	/* What is asked of the whole context. */
	{ "{`MATCH`: `x`}", "{`x`: `x`}", NO },
	{ "{`MATCH`: [`x`]}", "{`x`: `x`}", NO },
	{ "{`MATCH`: 1}", "{`x`: 1}", NO },
	/* The last of equal names counts. */
	{ "{`MATCH`: {`a`: 1}}", "{`a`: 1, `a`: 2}", NO },
	{ "{`MATCH`: {`a`: 2}}", "{`a`: 1, `a`: 2}", YES },
	{ NULL, NULL, 0 },
};

static const struct rules_case find[] = {
	{ "{`FIND`: {`a`: `x`}}", "{`a`: `x`}", YES },
	{ "{`FIND`: {`a`: `x`}}", "{`b`: {`a`: `x`}}", YES },
	{ "{`FIND`: {`a`: `x`}}", "{`b`: {`c`: {`a`: `x`}}}", YES },
	{ "{`FIND`: {`a`: `x`}}", "{`b`: [{`a`: `x`}]}", YES },
	{ "{`FIND`: {`a`: `x`}}", "{`b`: [1, {`a`: `x`}]}", YES | OURS },
	{ "{`FIND`: {`a`: `x`}}", "{`b`: [[{`a`: `x`}]]}", NO },
	{ "{`FIND`: {`a`: `x`}}", "{`b`: {`a`: `y`}}", NO },
	{ "{`FIND`: {`a`: `x`}}", "{`b`: `x`}", NO },
	{ "{`FIND`: {`a`: `x`, `b`: `y`}}", "{`c`: {`a`: `x`, `b`: `y`}}",
	    YES },
	{ "{`FIND`: {`a`: `x`, `b`: `y`}}", "{`a`: `x`, `c`: {`b`: `y`}}", NO },
	{ "{`FIND`: {`a`: [`x`]}}", "{`c`: {`a`: [`y`, `x`]}}", YES },
	{ "{`FIND$`: {`a`: [`x`]}}", "{`c`: {`a`: [`y`, `x`]}}", NO },
	{ "{`FIND$`: {`a`: [`x`]}}", "{`c`: {`a`: [`y`, `x`]}, `a`: [`x`]}",
	    YES },
	{ "{`FIND$`: {`a`: `x`}}", "{`c`: {`d`: {`a`: `x`}}}", YES },
	/* A value alone: that of any member. */
	{ "{`FIND`: `x`}", "{`a`: `x`}", YES },
	{ "{`FIND`: `x`}", "{`a`: {`b`: `x`}}", YES },
	{ "{`FIND`: `x`}", "{`a`: [`y`, `x`]}", YES },
	{ "{`FIND`: `x`}", "{`x`: `a`}", NO },
	{ "{`FIND`: 7}", "{`a`: {`b`: 7}}", YES },
	{ "{`FIND`: [`x`, `y`]}", "{`a`: {`b`: [`y`, `x`]}}", YES },
	{ "{`FIND`: {}}", "{`a`: 1}", YES },
	/* As in the rules that come with the product. */
	{ "{`FIND`: {`username`: `elastic`}}",
	    "{`username`: `elastic`, `name`: `x`}", YES },
	{ "{`FIND`: {`user_name`: `admin`}}", "{`user_name`: `Admin`}", NO },
	{ NULL, NULL, 0 },
};

#define IN7(s) "{`a`: {`a`: {`a`: {`a`: {`a`: {`a`: {`a`: " s "}}}}}}}"

static const struct rules_case depth[] = {
	/* The context's own level is the first of eight. */
	{ "{`FIND`: {`x`: 1}}", IN7("{`x`: 1}"), YES },
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: 1}"), NO },
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: [1, 2]}"), NO },
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: {`z`: 2}}"), DEEP },
	{ "{`FIND$`: {`y`: 1}}", IN7("{`x`: {`z`: 2}}"), DEEP },
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: [{`z`: 2}]}"), DEEP },
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: {}}"), DEEP },
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: [[{`z`: 2}]]}"), NO },
	/* A member is looked at once before it would be too deep. */
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: {`y`: 1}}"), YES },
	{ "{`FIND`: {`y`: 1}}", IN7("{`x`: [{`y`: 1}]}"), DEEP },
	/* It depends on what comes first. */
	{ "{`FIND`: {`y`: 1}}", IN7("{`y`: 1, `x`: {`z`: 2}}"), YES },
	{ "{`FIND`: {`y`: 1}}",
	    "{`b`: {`y`: 1}, `c`: " IN7("{`x`: {`z`: 2}}") "}", YES },
	{ "{`FIND`: {`y`: 1}}",
	    "{`c`: " IN7("{`x`: {`z`: 2}}") ", `b`: {`y`: 1}}", DEEP },
	/* No other part of the rule helps, nor is it turned around. */
	{ "{`FIND`: {`y`: 1}, `MATCH`: {}}", IN7("{`x`: {`z`: 2}}"), DEEP },
	{ "{`MATCH`: {}, `FIND`: {`y`: 1}}", IN7("{`x`: {`z`: 2}}"), YES },
	{ "{`OR`: [{`MATCH`: {}}, {`FIND`: {`y`: 1}}]}", IN7("{`x`: {`z`: 2}}"),
	    DEEP },
	{ "{`NOT`: {`FIND`: {`y`: 1}}}", IN7("{`x`: {`z`: 2}}"), DEEP },
	/* MATCH has no such bound. */
	{ "{`MATCH`: " IN7("{`a`: {`a`: {`z`: 1}}}") "}",
	    IN7("{`a`: {`a`: {`z`: 1}}}"), YES },
	{ NULL, NULL, 0 },
};

/* The last two characters of a pattern are not part of it. */
static const struct rules_case patterns[] = {
	{ "{`MATCH`: {`a`: `r'adm''`}}", "{`a`: `admin`}", YES },
	{ "{`MATCH`: {`a`: `r'adm''`}}", "{`a`: `an admin`}", NO },
	{ "{`MATCH`: {`a`: `r'.*adm''`}}", "{`a`: `an admin`}", YES },
	{ "{`MATCH`: {`a`: `r'admin'`}}", "{`a`: `admi`}", YES },
	{ "{`MATCH`: {`a`: `r'admin'`}}", "{`a`: `adm`}", NO },
	{ "{`MATCH`: {`a`: `r'^admin$'`}}", "{`a`: `administrator`}", YES },
	{ "{`MATCH`: {`a`: `r'^admin$''`}}", "{`a`: `administrator`}", NO },
	{ "{`MATCH`: {`a`: `r'^admin$''`}}", "{`a`: `admin`}", YES },
	{ "{`MATCH`: {`a`: `r'^admin$''`}}", "{`a`: `admin\\n`}", YES },
	{ "{`MATCH`: {`a`: `r'ab\\u00e9\\u00e9`}}", "{`a`: `abc`}", YES },
	{ "{`MATCH`: {`a`: `r'ab\\u00e9\\u00e9`}}", "{`a`: `ac`}", NO },
	/* Nothing is left of these, and nothing is met by everything. */
	{ "{`MATCH`: {`a`: `r'`}}", "{`a`: `x`}", YES },
	{ "{`MATCH`: {`a`: `r'x`}}", "{`a`: `y`}", YES },
	{ "{`MATCH`: {`a`: `r'x'`}}", "{`a`: ``}", YES },
	{ "{`MATCH`: {`a`: `r'x'`}}", "{`a`: 1}", NO | OURS },
	/* Not patterns. */
	{ "{`MATCH`: {`a`: `R'adm''`}}", "{`a`: `adm`}", NO },
	{ "{`MATCH`: {`a`: `r\\`adm\\``}}", "{`a`: `adm`}", NO },
	{ "{`MATCH`: {`a`: `r`}}", "{`a`: `r`}", YES },
	{ "{`MATCH`: {`a`: ` r'adm''`}}", "{`a`: `adm`}", NO },
	/* Of a context they are texts. */
	{ "{`MATCH`: {`a`: `adm`}}", "{`a`: `r'.*''`}", NO },
	{ "{`MATCH`: {`a`: `r'adm''`}}", "{`a`: `r'adm''`}", NO },
	/* In lists, any text; exact or not. */
	{ "{`MATCH`: {`a`: `r'adm''`}}", "{`a`: [`x`, `admin`]}", YES },
	{ "{`MATCH$`: {`a`: `r'adm''`}}", "{`a`: [`x`, `admin`]}", YES },
	{ "{`MATCH`: {`a`: `r'adm''`}}", "{`a`: [`x`]}", NO },
	{ "{`MATCH`: {`a`: `r'adm''`}}", "{`a`: [5, `admin`]}", YES | OURS },
	{ "{`MATCH`: {`a`: `r'adm''`}}", "{`a`: {`b`: `admin`}}", NO | OURS },
	{ "{`MATCH`: {`a`: [`r'adm''`]}}", "{`a`: [`x`, `admin`]}", YES },
	{ "{`MATCH$`: {`a`: [`r'adm''`]}}", "{`a`: [`x`, `admin`]}", NO },
	{ "{`MATCH$`: {`a`: [`r'adm''`, `x`]}}", "{`a`: [`x`, `admin`]}", YES },
	{ "{`MATCH`: {`a`: [`r'adm''`, `y`]}}", "{`a`: [`adm1`, `adm2`]}",
	    YES },
	{ "{`MATCH`: {`a`: [`r'adm''`]}}", "{`a`: `admin`}", NO },
	/* Names: each that fits is looked at, and counted. */
	{ "{`MATCH`: {`r'ro.*''`: `x`}}", "{`roles`: `x`}", YES },
	{ "{`MATCH`: {`r'ro.*''`: `x`}}", "{`roles`: `y`}", NO },
	{ "{`MATCH`: {`r'ro.*''`: `x`}}", "{`roles`: `x`, `rock`: `y`}", YES },
	{ "{`MATCH`: {`r'ro.*''`: `x`}}", "{`roles`: `x`, `rock`: `x`}", NO },
	{ "{`MATCH`: {`r'ro.*''`: `x`, `b`: `y`}}",
	    "{`roles`: `x`, `rock`: `x`, `b`: `z`}", YES },
	{ "{`MATCH`: {`r'ro.*''`: `x`}}", "{`r'ro.*''`: `x`}", YES },
	{ "{`MATCH`: {`r'r.*''`: `x`}}", "{`r'r.*''`: `x`}", NO },
	{ "{`MATCH`: {`r'.*''`: {`b`: 1}}}", "{`a`: {`b`: 1}}", YES },
	{ "{`FIND`: {`r'^auth.*''`: [`admin`]}}",
	    "{`user`: {`authz_roles`: [`x`, `admin`]}}", YES },
	{ "{`FIND`: {`r'.*ole.*''`: `r'^adm''`}}",
	    "{`user`: {`backend_roles`: [`x`, `admin`]}}", YES },
	/* Python's kind of patterns. */
	{ "{`MATCH`: {`a`: `r'(?i)ADM''`}}", "{`a`: `admin`}", YES },
	{ "{`MATCH`: {`a`: `r'(?P<q>x)(?P=q)''`}}", "{`a`: `xx`}", YES },
	{ "{`MATCH`: {`a`: `r'(?P<q>x)(?P=q)''`}}", "{`a`: `xy`}", NO },
	{ "{`MATCH`: {`a`: `r'\\\\w+$''`}}", "{`a`: `\\u00e9t\\u00e9`}", YES },
	{ "{`MATCH`: {`a`: `r'\\\\d+$''`}}", "{`a`: `\\u0663`}", YES },
	{ "{`MATCH`: {`a`: `r'a.b''`}}", "{`a`: `a\\nb`}", NO },
	{ "{`MATCH`: {`a`: `r'a.b''`}}", "{`a`: `a\\rb`}", YES },
	{ "{`MATCH`: {`a`: `r'x(?!y)''`}}", "{`a`: `xy`}", NO },
	{ "{`MATCH`: {`a`: `r'\\\\u0061\\\\x62''`}}", "{`a`: `ab`}", YES },
	{ "{`MATCH`: {`a`: `r'a|b''`}}", "{`a`: `bc`}", YES },
	{ "{`MATCH`: {`a`: `r'.$''`}}", "{`a`: `\\ud83d\\ude00`}", YES },
	/* One that is not valid is a text; that it differs says nothing. */
	{ "{`MATCH`: {`a`: `r'(x''`}}", "{`a`: `r'(x''`}", YES },
	{ "{`MATCH`: {`a`: `r'(x''`}}", "{`a`: `x`}", UNSURE | OURS },
	{ "{`NOT`: {`MATCH`: {`a`: `r'(x''`}}}", "{`a`: `x`}", UNSURE | OURS },
	{ "{`MATCH`: {`a`: `r'(x''`}}", "{`a`: [`y`, `r'(x''`]}", YES },
	{ "{`MATCH$`: {`a`: `r'(x''`}}", "{`a`: [`y`, `r'(x''`]}",
	    UNSURE | OURS },
	{ "{`MATCH`: {`r'(x''`: 1}}", "{`r'(x''`: 1}", YES },
	{ "{`MATCH`: {`r'(x''`: 1}}", "{`r'(x''`: 2}", NO },
	{ "{`MATCH`: {`r'(x''`: 1}}", "{`b`: 1}", UNSURE | OURS },
	{ "{`MATCH`: {`r'(x''`: 1}}", "{`b`: 2}", NO },
	{ "{`MATCH`: {`a`: `r'(?<=x+)y''`}}", "{`a`: `z`}", UNSURE | OURS },
	{ "{`OR`: [{`MATCH`: {`a`: `r'(x''`}}, {`MATCH`: {`b`: 1}}]}",
	    "{`a`: `x`, `b`: 1}", YES },
	{ NULL, NULL, 0 },
};

#define T "{`MATCH`: {`t`: 1}}"
#define F "{`MATCH`: {`f`: 1}}"
#define C "{`t`: 1}"

static const struct rules_case logic[] = {
	{ "{`AND`: [" T ", " T "]}", C, YES },
	{ "{`AND`: [" T ", " F "]}", C, NO },
	{ "{`AND`: [" F ", " F "]}", C, NO },
	{ "{`AND`: [" T "]}", C, YES },
	{ "{`OR`: [" F ", " T "]}", C, YES },
	{ "{`OR`: [" F ", " F "]}", C, NO },
	{ "{`NOT`: [" T "]}", C, NO },
	{ "{`NOT`: [" F "]}", C, YES },
	/* Only where all parts are met is it not. */
	{ "{`NOT`: [" T ", " F "]}", C, YES },
	{ "{`NOT`: [" T ", " T "]}", C, NO },
	{ "{`NOT`: [" F ", " F "]}", C, YES },
	/* Objects are one part, whose members may be more. */
	{ "{`AND`: " T "}", C, YES },
	{ "{`AND`: " F "}", C, NO },
	{ "{`OR`: " T "}", C, YES },
	{ "{`NOT`: " T "}", C, NO },
	{ "{`NOT`: " F "}", C, YES },
	{ "{`AND`: {`MATCH`: {`t`: 1}, `FIND`: {`t`: 1}}}", C, NO },
	{ "{`OR`: {`MATCH`: {`f`: 1}, `FIND`: {`t`: 1}}}", C, YES },
	{ "{`NOT`: {`MATCH`: {`t`: 1}, `FIND`: {`t`: 1}}}", C, YES },
	/* In each other. */
	{ "{`AND`: [" T ", {`NOT`: " F "}]}", C, YES },
	{ "{`AND`: [" T ", {`OR`: [" F ", {`AND`: [" T ", " T "]}]}]}", C,
	    YES },
	{ "{`NOT`: {`NOT`: " T "}}", C, YES },
	{ "{`NOT`: {`OR`: [" F ", " F "]}}", C, YES },
	{ "{`NOT`: {`AND`: [" T ", " T "]}}", C, NO },
	/* Several members: the first that is met, or any NOT, decides. */
	{ "{`MATCH`: {`f`: 1}, `FIND`: {`t`: 1}}", C, YES },
	{ "{`AND`: [" F "], `MATCH`: {`t`: 1}}", C, YES },
	{ "{`OR`: [" F "], `MATCH`: {`t`: 1}}", C, YES },
	{ "{`NOT`: [" T "], `MATCH`: {`t`: 1}}", C, NO },
	{ "{`MATCH`: {`t`: 1}, `NOT`: [" T "]}", C, YES },
	{ "{`MATCH`: {`f`: 1}, `NOT`: [" F "]}", C, YES },
	{ "{`MATCH`: {`f`: 1}, `OR`: [" F "]}", C, NO },
	/* Names that mean nothing. */
	{ "{}", C, NO },
	{ "{`XOR`: [" T "]}", C, NO },
	{ "{`match`: {`t`: 1}}", C, NO },
	{ "{`XOR`: 1, `MATCH`: {`t`: 1}}", C, YES },
	{ "{`AND`: [" T ", {`XOR`: 1}]}", C, NO },
	/* Nothing to be met: of a text its length counts. */
	{ "{`AND`: []}", C, YES },
	{ "{`AND`: {}}", C, YES },
	{ "{`AND`: ``}", C, YES },
	{ "{`AND`: `x`}", C, NO },
	{ "{`OR`: []}", C, NO },
	{ "{`OR`: ``}", C, NO },
	{ "{`OR`: 5}", C, NO },
	{ "{`OR`: null}", C, NO },
	{ "{`NOT`: []}", C, NO },
	{ "{`NOT`: {}}", C, NO },
	{ "{`NOT`: ``}", C, NO },
	{ "{`NOT`: `x`}", C, YES },
	{ "{`NOT`: `\xc3\xa9`}", C, YES },
	/* Malformed parts decide nothing, and what is met is met without them. */
	{ "{`AND`: 5}", C, UNSURE | OURS },
	{ "{`NOT`: 5}", C, UNSURE | OURS },
	{ "{`NOT`: null}", C, UNSURE | OURS },
	{ "{`NOT`: [`x`]}", C, UNSURE | OURS },
	{ "{`AND`: [" T ", `x`]}", C, UNSURE | OURS },
	{ "{`AND`: [" F ", `x`]}", C, NO | OURS },
	{ "{`AND`: [" F ", `x`, " T "]}", C, NO | OURS },
	{ "{`OR`: [`x`, " T "]}", C, YES | OURS },
	{ "{`OR`: [`x`, " F "]}", C, UNSURE | OURS },
	{ "{`NOT`: [" F ", `x`]}", C, YES | OURS },
	{ "{`AND`: 5, `MATCH`: {`t`: 1}}", C, YES | OURS },
	{ "{`AND`: 5, `NOT`: [" F "]}", C, YES | OURS },
	{ "{`AND`: 5, `NOT`: [" T "]}", C, UNSURE | OURS },
	{ "[]", C, UNSURE | OURS },
	{ "`MATCH`", C, UNSURE | OURS },
	{ "null", C, UNSURE | OURS },
	{ NULL, NULL, 0 },
};

/* --- the evaluation ---------------------------------------------------------------- */

static char *
quoted(const char *text)
{
	char *s = strdup(text), *p;

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	while ((p = strchr(s, '`')) != NULL)
		*p = '"';
	return (s);
}

static void
keep_answer(void *arg, const struct rules_event *re)
{
	enum rules_answer *a = arg;

	if (re->re_rule != NULL && re->re_clause == NULL)
		*a = re->re_answer;
}

/* What a role with this one rule gets of this context. */
static enum rules_answer
answer(char *rule, const char *text)
{
	struct rbac_rule rr = { 100, NULL, rule };
	int64_t ids[] = { 100 };
	struct rbac_role ro = { .ro_id = 101, .ro_nrules = 1, .ro_rules = ids };
	const struct rbac rb = {
		.rb_rules = &rr, .rb_nrules = 1, .rb_roles = &ro, .rb_nroles = 1
	};
	static struct rules_result res;
	enum rules_answer a = RULES_NOT_YOURS;
	struct rules *rs;
	struct jv context;
	size_t n;

	rs = rules_new(&rb);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
	CU_ASSERT_EQUAL_FATAL(jv_read(text, strlen(text), &context), 0);
	jv_drop_nulls(&context);
	CU_ASSERT_EQUAL(
	    rules_roles(rs, &context, 1, RULES_WORK, NULL, NULL, &res), 0);
	n = res.rr_nroles;
	/* Being watched changes nothing. */
	CU_ASSERT_EQUAL(
	    rules_roles(rs, &context, 1, RULES_WORK, keep_answer, &a, &res), 0);
	CU_ASSERT_EQUAL(res.rr_nroles, n);
	CU_ASSERT_TRUE(n == (a == RULES_YES));
	CU_ASSERT_TRUE(res.rr_ndeep == (a == RULES_DEEP));
	CU_ASSERT_TRUE(res.rr_nunsure == (a == RULES_UNSURE));
	jv_free(&context);
	rules_free(&rs);
	return (a);
}

static void
run_cases(const struct rules_case *rc)
{
	char *rule, *context;
	enum rules_answer a, want;

	for (; rc->rc_rule != NULL; rc++) {
		rule = quoted(rc->rc_rule);
		context = quoted(rc->rc_context);
		want = (enum rules_answer)(rc->rc_want & ~OURS);
		a = answer(rule, context);
		if (a != want)
			printf("%s on %s: %d\n", rule, context, a);
		CU_ASSERT_EQUAL(a, want);
		free(rule);
		free(context);
	}
}

static void
test_scalars(void)
{
	run_cases(scalars);
}

static void
test_lists(void)
{
	run_cases(lists);
}

static void
test_objects(void)
{
	run_cases(objects);
}

static void
test_find(void)
{
	run_cases(find);
}

static void
test_depth(void)
{
	run_cases(depth);
}

static void
test_patterns(void)
{
	run_cases(patterns);
}

static void
test_logic(void)
{
	run_cases(logic);
}

static const struct unit_case cases[] = {
	{ "scalars", test_scalars },
	{ "lists", test_lists },
	{ "objects", test_objects },
	{ "FIND", test_find },
	{ "depth", test_depth },
	{ "patterns", test_patterns },
	{ "logic", test_logic },
	{ NULL, NULL },
};

int
main(void)
{
	return (unit_run("rules", cases));
}
