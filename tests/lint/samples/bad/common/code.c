/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <sys/types.h>
#include <errno.h>

#include "common/ring.h"

#include <string.h>

int code_shared;
static int code_first;
static const char *code_names[] = { "pointers that may change" };
static const char *const code_titles[] = { "pointers", "that may not" };
static const struct {
	int	 c_id;
	void	(*c_fn)(void);
} code_table[] = {
	{ 1, NULL },
};

int
code_assign(char *out, const char *in)
{
	int	n;

	if ((n = strlen(in)) > 3 || n == 2)
		return n;
	if (n == 3 && in[0] != '=' && out[0] <= '=')
		strcpy(out, "strcpy(in, a string) is no call");
	/* nor is system("x") in a comment */
	while ((n = getchar()) != EOF)
		system(in);
	if (n < 4 &&
	    (errno = n))
		return (n >= 3);
	return (code_first);
}

static void
code_file_system(void)
{
	(void)code_table;
	(void)code_names;
	(void)code_titles;
	/* a long line of words: they go on and on beyond the hundredth column, as nobody's screen is wide */
	return;  
}
