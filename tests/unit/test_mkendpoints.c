/* SPDX-License-Identifier: ISC */
/*
 * scripts/mkendpoints: what is no table is refused with one line (the pairs
 * tests/unit/openapi/NAME.yaml and .err, and changes to base.yaml there), and
 * what is one becomes the C that it says. Runs the program of this build.
 */
#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/endpoints.h"
#include "tests/unit/unit.h"

#define PROGRAM "scripts/mkendpoints"
#define MOST    1048576 /* bytes of any file here */
#define NAME    4096

static const char *const outputs[] = { "common/table.h", "common/params.c",
	"common/rows.c", "apid/endpoints.c", "authz/calls_authz.c",
	"dapi/calls_dapi.c", "dapi/openapi_json.c" };

#define OUTPUTS (sizeof(outputs) / sizeof(outputs[0]))

/* A folder for this run, with what the program writes into. */
static char top[NAME / 2];

/* --- files ------------------------------------------------------------- */

static const char *
source(const char *name)
{
	static char path[NAME];
	const char *dir = getenv("srcdir");

	snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : ".", name);
	return (path);
}

static const char *
below(const char *dir, const char *name)
{
	static char path[NAME];

	snprintf(path, sizeof(path), "%s/%s/%s", top, dir, name);
	return (path);
}

/* A whole file, NUL-ended, to be freed; NULL when it is not there. */
static char *
slurp(const char *path)
{
	char *text = NULL;
	FILE *f;
	size_t n;

	f = fopen(path, "r");
	if (f == NULL)
		return (NULL);
	text = malloc(MOST);
	if (text == NULL)
		abort();
	n = fread(text, 1, MOST - 1, f);
	text[n] = '\0';
	fclose(f);
	return (text);
}

static void
spill(const char *path, const char *text)
{
	FILE *f;

	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		abort();
}

static void
make_dirs(const char *dir)
{
	static const char *const names[] = { "", "apid", "authz", "common",
		"dapi" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mkdir(below(dir, names[i]), 0700) == -1 && errno != EEXIST)
			abort();
}

static void
remove_dirs(const char *dir)
{
	static const char *const names[] = { "apid", "authz", "common", "dapi",
		"" };
	size_t i;

	for (i = 0; i < OUTPUTS; i++)
		unlink(below(dir, outputs[i]));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CU_ASSERT_EQUAL(rmdir(below(dir, names[i])), 0);
}

/* --- the program -------------------------------------------------------- */

/* Its status; what it said is in the files "out" and "err". */
static int
run(const char *a, const char *b)
{
	char out[NAME], err[NAME];
	pid_t pid;
	int status;

	snprintf(out, sizeof(out), "%s/out", top);
	snprintf(err, sizeof(err), "%s/err", top);
	pid = fork();
	if (pid == -1)
		abort();
	if (pid == 0) {
		if (freopen(out, "w", stdout) != NULL &&
		    freopen(err, "w", stderr) != NULL)
			execl(PROGRAM, PROGRAM, a, b, (char *)NULL);
		_exit(126);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return (-1);
	return (WEXITSTATUS(status));
}

/* Compile a file into a folder of ours. */
static int
compile(const char *file, const char *dir)
{
	char path[NAME];

	snprintf(path, sizeof(path), "%s/%s", top, dir);
	return (run(file, path));
}

/* Is that all it said: "FILE:LINE: text" and a newline? */
static bool
said(const char *file, const char *line_and_text)
{
	char path[NAME], want[NAME + 1024], *have;
	bool same;

	snprintf(path, sizeof(path), "%s/err", top);
	have = slurp(path);
	snprintf(want, sizeof(want), "%s:%s\n", file, line_and_text);
	same = have != NULL && strcmp(have, want) == 0;
	if (!same)
		printf("\nwant %shave %s", want, have);
	free(have);
	return (same);
}

/* --- samples ------------------------------------------------------------ */

static void
test_samples(void)
{
	char name[NAME + 512], *err;
	const struct dirent *e;
	size_t len, n = 0;
	DIR *d;

	d = opendir(source("tests/unit/openapi"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	make_dirs("samples");
	while ((e = readdir(d)) != NULL) {
		len = strlen(e->d_name);
		if (len < 5 || strcmp(e->d_name + len - 4, ".err") != 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s",
		    source("tests/unit/openapi"), e->d_name);
		err = slurp(name);
		CU_ASSERT_PTR_NOT_NULL_FATAL(err);
		err[strcspn(err, "\n")] = '\0';
		memcpy(name + strlen(name) - 4, ".yaml", 6);
		CU_ASSERT_EQUAL(compile(name, "samples"), 1);
		CU_ASSERT(said(name, err));
		free(err);
		n++;
	}
	closedir(d);
	CU_ASSERT(n >= 18);
	/* Nothing was written, nor half of it. */
	remove_dirs("samples");
}

/* --- changes to base.yaml ------------------------------------------------- */

#define REF "$ref: \"#/components/parameters/"

/*
 * from becomes to, once; the mistake is told for the line where at begins
 * (NULL: where from begins).
 */
static const struct change {
	const char *from, *to, *at, *error;
} changes[] = {
	/* the document */
	{ "openapi: 3.0.3\n", "openapi: 3.0.3\nfoo: 1\n", "foo: 1",
	    "the document knows no 'foo'" },
	{ "  description: \"For tests: \\\"quotes\\\", a \\\\ and \xc3\xa9.\"\n",
	    "", "info:", "'description' is missing" },
	{ "  - jwt: []", "  - other: []", "security:\n  - other",
	    "'security' has to be [jwt: []]" },
	{ "    jwt: { type: http, scheme: bearer }\n", "",
	    "  securitySchemes:", "the schemes are called jwt and basicAuth" },
	{ "    description: All of them.\n", "", "  - name: Things",
	    "'description' is missing" },
	{ "    description: All of them.\n",
	    "    description: x\n  - { name: Other, description: x }\n",
	    "  - { name: Other", "nobody uses the tag 'Other'" },
	/* paths */
	{ "  /things:\n", "  things:\n", NULL, "'things' is no path" },
	{ "  /things:\n", "  /things/:\n", NULL, "'/things/' is no path" },
	{ "  /things:\n", "  /th{i}ngs:\n", NULL, "'/th{i}ngs' is no path" },
	{ "  /login:\n", "  /things/{other}:\n", NULL,
	    "'/things/{other}' is the path '/things/{thing_id}' once more" },
	{ "    put:\n", "    patch:\n", NULL, "'patch' is no method" },
	{ "  /free:\n", "  /empty: {}\n  /free:\n", "  /empty",
	    "the path has no operation" },
	{ "  /things/{thing_id}:\n", "  /things/thing_id:\n",
	    "        - " REF "thing_id\"", "the path has no '{thing_id}'" },
	{ "  /things/{thing_id}:\n", "  /things/{thing_id}/{x}:\n", "    put:",
	    "the path has more placeholders than the operation has parameters "
	    "for" },
	/* operations */
	{ "      summary: Free\n", "",
	    "    get:\n      tags: [Things]\n      description: For all.",
	    "'summary' is missing" },
	{ "      description: For all.\n", "",
	    "    get:\n      tags: [Things]\n      summary: Free",
	    "'description' is missing" },
	{ "      operationId: free\n", "      operationId: freeIt\n", NULL,
	    "'freeIt' is no operationId: use a-z, 0-9 and _" },
	{ "      operationId: free\n", "      operationId: login\n",
	    "      operationId: login\n      security: []",
	    "the operationId 'login' is taken" },
	{ "      operationId: free\n", "      operationId: things_get_2\n",
	    NULL, "the operationId 'things_get_2' is taken" },
	{ "      summary: Free", "      sumary: Free", NULL,
	    "an operation knows no 'sumary'" },
	{ "      operationId: free\n      security: []\n",
	    "      operationId: free\n      security: [jwt: []]\n",
	    "      security: [jwt", "'security' is [basicAuth: []] or empty" },
	{ "      summary: Free", "      tags2: x\n      summary: Free",
	    "      tags2", "an operation knows no 'tags2'" },
	{ "      x-additive: true\n", "      x-additive: 1\n", NULL,
	    "'x-additive' has to be true or false" },
	{ "      x-additive: true\n", "      x-login: true\n",
	    "    put:", "a login has Basic credentials" },
	{ "      x-additive: true\n", "      x-changes: true\n",
	    "    put:", "'x-login' and 'x-changes' are authz's" },
	{ "      x-pool: write\n      x-calls:\n        - call: wazuh.things.mak",
	    "      x-calls:\n        - call: wazuh.things.mak",
	    "    post:\n      tags: [Things]\n      summary: Make",
	    "an operation has no 'x-pool'" },
	{ "      x-pool: authz", "      x-pool: auth", NULL,
	    "'auth' is no pool" },
	/* parameters of operations */
	{ "        - " REF "kind\"", "        - " REF "kinds\"", NULL,
	    "there is no '#/components/parameters/kinds'" },
	{ "        - " REF "kind\"",
	    "        - $ref: \"#/components/schemas/Th\"", NULL,
	    "'#/components/schemas/Th' does not lead to "
	    "#/components/parameters/" },
	{ "        - " REF "kind\"", "        - name: kind", NULL,
	    "a parameter is a '$ref' here" },
	{ "        - " REF "kind\"\n",
	    "        - " REF "kind\"\n          x: z\n", NULL,
	    "nothing stands beside a '$ref'" },
	{ "        - " REF "kind\"\n",
	    "        - " REF "kind\"\n        - " REF "q\"\n",
	    "        - " REF "q\"\n        - " REF "secret",
	    "two parameters are called 'q'" },
	{ "    secret:\n",
	    "    unused:\n      name: unused\n      in: query\n"
	    "      description: x\n      schema: { type: string }\n    secret:\n",
	    "    unused:", "nobody uses the parameter 'unused'" },
	/* parameters */
	{ "      description: Kind.\n", "", "    kind:\n      name",
	    "'description' is missing" },
	{ "      description: Kind.\n", "      description: \"\"\n",
	    "    kind:\n      name", "'description' is missing" },
	{ "      name: kind\n      in: query",
	    "      name: kind\n      in: cookie", "      in: cookie",
	    "'cookie' is no place of a parameter" },
	{ "      in: path\n      description: Id.\n      required: true\n",
	    "      in: path\n      description: Id.\n",
	    "    thing_id:", "'thing_id' is in the path, so it is required" },
	{ "format: sort, default: +id", "format: sorted", NULL,
	    "there is no format 'sorted' of strings" },
	{ "format: sort, default: +id", "format: sort, default: \"a;b\"", NULL,
	    "the default is not in the format 'sort'" },
	{ "format: sort, default: +id", "format: sort, default: 1", NULL,
	    "the default is no text" },
	{ "minimum: 1, default: 2.5", "minimum: 3, default: 2.5", NULL,
	    "the default is below the minimum" },
	{ "minimum: 1, default: 2.5", "maximum: 1, default: 2.5", NULL,
	    "the default is above the maximum" },
	{ "minimum: 1, default: 2.5", "minimum: 1, default: many", NULL,
	    "the default is no number" },
	{ "minimum: 1, default: 2.5", "minimum: 1.5", NULL,
	    "this has to be an integer" },
	{ "{ type: number, format: float", "{ type: integer, format: int64",
	    NULL, "the default is no integer" },
	{ "{ type: number, format: float", "{ type: number, format: int32",
	    NULL, "'int32' is no format of numbers" },
	{ "minLength: 1, maxLength: 10", "minLength: 11, maxLength: 10", NULL,
	    "minLength is greater than maxLength" },
	{ "minLength: 1, maxLength: 10", "minLength: -1", NULL,
	    "minLength and maxLength are not negative" },
	{ "minLength: 1, maxLength: 10", "maxLength: 2, default: abc", NULL,
	    "the default is longer than maxLength" },
	{ "minLength: 1, maxLength: 10", "minimum: 17", NULL,
	    "a string knows no 'minimum'" },
	{ "minimum: -1, maximum: 50", "minimum: 51, maximum: 50", NULL,
	    "minimum is greater than maximum" },
	{ "{ type: boolean, default: true }",
	    "{ type: boolean, default: \"true\" }", NULL,
	    "'default' has to be true or false" },
	{ "enum: [one, two-three]", "enum: []", NULL,
	    "the enum has to be a list with something in it" },
	{ "enum: [one, two-three]", "enum: [one, one]", NULL,
	    "'one' stands in the enum twice" },
	{ "enum: [one, two-three]", "enum: [one, 2]", NULL,
	    "the enum has to be a list of texts" },
	{ "enum: [one, two-three]", "format: numbers, enum: [one]", NULL,
	    "the value of the enum is not in the format 'numbers'" },
	{ "enum: [one, two-three]", "enum: [one], default: one", NULL,
	    "'kind' is required, so its default never holds" },
	{ "      required: true\n      schema: { type: string, enum: [one",
	    "      schema: { type: string, default: two, enum: [one",
	    "      schema: { type: string, default: two",
	    "the default is none of the enum" },
	{ "        items: { type: integer, format: int32,",
	    "        items: { type: number,",
	    "      schema:\n        type: arr",
	    "'ids' is a list of neither strings nor integers" },
	{ "        items: { type: integer, format: int32,",
	    "        items: { default: 1, type: integer,", NULL,
	    "an item of a list has no default" },
	{ "        type: array\n        minItems: 1\n        maxItems: 9\n",
	    "        type: list\n", "        type: list", "'list' is no type" },
	{ "        minItems: 1\n", "        minItems: 10\n",
	    "      schema:\n        type: array",
	    "minItems is greater than maxItems" },
	{ "      schema: { type: boolean, default: false }",
	    "      schema: { type: boolean, nullable: true }", NULL,
	    "no parameter takes null" },
	{ "      schema: { type: boolean, default: false }",
	    "      schema: { type: object }",
	    "      schema: { type: object }\n    wait",
	    "'pretty' can't be an object here" },
	{ "      schema: { type: boolean, default: false }",
	    "      schema: { allOf: [{ type: boolean }] }", NULL,
	    "'pretty' has to have one type" },
	{ "      schema: { type: boolean, default: false }",
	    "      schema: { description: x }", NULL,
	    "a schema has no 'type'" },
	{ "      schema: { type: boolean, default: false }",
	    "      schema: { type: boolean }\n      x-lower: true",
	    "    pretty:", "'pretty' is no text to lower" },
	{ "      schema: { $ref: \"#/components/schemas/ThingID\" }\n"
	  "  responses",
	    "      schema: { type: array, items: { type: string } }\n"
	    "  responses",
	    "    thing_id:", "'thing_id' is in the path, so it is no list" },
	/* schemas */
	{ "    ThingID:\n      description: An id.\n", "    ThingID:\n",
	    "    ThingID:", "'description' is missing" },
	{ "      description: A thing.\n", "      descripton: A thing.\n", NULL,
	    "an object knows no 'descripton'" },
	{ "      required: [name]\n", "      required: [nam]\n", NULL,
	    "'nam' is required but no property" },
	{ "      required: [name]\n", "      required: [name, name]\n", NULL,
	    "'name' stands in 'required' twice" },
	{ "            - { type: integer }\n",
	    "            - $ref: \"#/components/schemas/Thing\"\n",
	    "    Thing:", "the schema 'Thing' holds itself" },
	{ "        any:\n          oneOf:\n",
	    "        any:\n          oneOf: []\n"
	    "          xOf:\n",
	    "          xOf", "a schema knows no 'xOf'" },
	{ "          anyOf:\n",
	    "          anyOf: []\n        third:\n"
	    "          anyOf:\n",
	    "          anyOf: []", "'anyOf' is empty" },
	{ "      minProperties: 0\n", "      minProperties: -1\n",
	    "    Thing:", "minProperties is not negative" },
	{ "              additionalProperties: { type: string }\n",
	    "              properties: {}\n"
	    "              additionalProperties: true\n",
	    "              additionalProperties",
	    "additionalProperties: true goes without saying" },
	{ "    Body:\n",
	    "    Left:\n      description: x\n      type: string\n"
	    "    Body:\n",
	    "    Left:", "nobody uses the schema 'Left'" },
	{ "    ThingID:\n      description: An id.\n",
	    "    Alias: { $ref: \"#/components/schemas/Thing\" }\n"
	    "    ThingID:\n      description: An id.\n",
	    "    Alias", "'Alias' is only another name" },
	/* bodies */
	{ "            schema: { $ref: \"#/components/schemas/Body\" }",
	    "            schema: { type: string }", NULL,
	    "a JSON body has to be an object" },
	{ "            schema: { $ref: \"#/components/schemas/Body\" }",
	    "            schema: { allOf: [{ type: object }] }", NULL,
	    "a JSON body has to be an object" },
	{ "        levels:\n          type: array\n"
	  "          items: { type: integer }\n"
	  "      additionalProperties: false\n",
	    "        levels:\n          type: array\n"
	    "          items: { type: integer }\n",
	    "            schema: { $ref: \"#/components/schemas/Body",
	    "a JSON body has 'additionalProperties: false'" },
	{ "            data: { type: object }\n",
	    "            data: { type: object, additionalProperties:"
	    " { type: string } }\n",
	    NULL, "members of a body are named, or of any kind" },
	{ "            data: { type: object }\n",
	    "            data: { type: array, items: { type: object } }\n",
	    NULL, "'force.data' is a list of neither strings nor integers" },
	{ "        description: The thing.\n        required: true\n",
	    "        description: The thing.\n",
	    "            schema: { $ref: \"#/components/schemas/Body",
	    "a body that has to have members is required itself" },
	{ "        x-untyped: 406\n", "        x-untyped: 400\n",
	    "      requestBody:\n        description: The thing.",
	    "'x-untyped' is 406 or not there" },
	{ "        x-untyped: 406\n", "        x-text: true\n",
	    "      requestBody:\n        description: The thing.",
	    "'x-text' is for bodies beside JSON" },
	{ "        description: The thing.\n", "",
	    "      requestBody:\n        required",
	    "'description' is missing" },
	{ "          application/xml:\n", "          application:\n", NULL,
	    "'application' is no content type" },
	{ "          application/xml:\n            schema: { type: string, format:"
	  " binary }\n",
	    "          application/xml:\n            schema: { type: string }\n",
	    "          application/xml",
	    "the body is a string of format binary" },
	{ "          application/xml:\n            schema: { type: string, format:"
	  " binary }\n",
	    "          application/json:\n            schema: { type: object }\n",
	    "          application/json:\n            schema: { type: object }\n"
	    "        x-text",
	    "a JSON body is taken alone" },
	/* answers */
	{ "          description: Made.\n", "          descr: Made.\n", NULL,
	    "a response knows no 'descr'" },
	{ "        \"202\":\n", "        \"2x2\":\n", NULL,
	    "'2x2' is no status" },
	{ "        \"202\":\n", "        \"404\":\n",
	    "      responses:\n        \"404\"", "one answer is a success" },
	{ "#/components/responses/Bad\"", "#/components/responses/Good\"", NULL,
	    "there is no '#/components/responses/Good'" },
	{ "    Bad:\n", "    Worse: { description: x }\n    Bad:\n",
	    "    Worse", "nobody uses the response 'Worse'" },
	{ "      tags: [Things]\n      summary: Make",
	    "      tags: [Thing]\n      summary: Make", NULL,
	    "the tag 'Thing' is not declared" },
	/* calls */
	{ "        - call: wazuh.things.make\n",
	    "        - call: wazuh.things.make\n          foo: 1\n",
	    "          foo: 1", "a call knows no 'foo'" },
	{ "        - call: wazuh.things.make\n", "        - call: make\n", NULL,
	    "'make' is no call" },
	{ "        - call: wazuh.things.make\n",
	    "        - call: wazuh..make\n", NULL, "'wazuh..make' is no call" },
	{ "          function: fw_things_make\n", "",
	    "        - call: wazuh.things.make", "a call has no 'function'" },
	{ "          function: fw_things_make\n",
	    "          function: serve_make\n", NULL,
	    "a function of this pool is called 'fw_...', not 'serve_make'" },
	{ "          function: serve_login\n", "          function: fw_login\n",
	    NULL,
	    "a function of this pool is called 'serve_...', not 'fw_login'" },
	{ "          route: distributed_master\n", "          route: master\n",
	    NULL, "'master' is no route" },
	{ "        - call: wazuh.things.make\n",
	    "        - call: wazuh.things.make\n          parameters: []\n",
	    NULL, "the first call has the operation's parameters" },
	{ "            thing_list: ids\n", "            thing_list: id\n", NULL,
	    "there is no parameter 'id' here" },
	{ "sort_fields(sort)", "sort_things(sort)", NULL,
	    "nobody knows 'sort_things()'" },
	{ "sort_fields(sort) = [\"id\"]", "sort_fields(sort) =", NULL,
	    "there is nothing behind the '='" },
	{ "            limit: = null\n", "            limit: 5\n", NULL,
	    "the source of 'limit' is no text" },
	{ "            limit: = null\n", "            limit: [ids, q]\n", NULL,
	    "a list is made of one parameter" },
	{ "              ratio: ratio\n", "              ratio: { x: ratio }\n",
	    NULL, "arguments nest only once" },
	{ "          local: [secret]\n", "", "        - call: wazuh.things.get",
	    "'secret' is in neither 'args' nor 'local'" },
	{ "          local: [secret]\n", "          local: [secrets]\n", NULL,
	    "there is no parameter 'secrets' here" },
	{ "levels: levels }", "level: name }",
	    "        - call: wazuh.things.make",
	    "'levels' is in neither 'args' nor 'local'" },
	/* rights */
	{ "actions: [\"thing:read\"]", "actions: [thing]", NULL,
	    "'thing' is no action" },
	{ "actions: [\"thing:read\"]", "actions: []", NULL,
	    "'actions' has to be a list with something in it" },
	{ "actions: [\"thing:read\"]",
	    "actions: [\"a:b\", \"a:c\", \"a:d\","
	    " \"a:e\"]",
	    "            - actions: [\"a:b",
	    "more than 3 actions or resources" },
	{ "\"thing:id:{thing_list}\"]\n            - actions",
	    "\"thing:id:{things}\"]\n            - actions",
	    "              resources: [\"thing:id:{things}",
	    "'args' has no 'things'" },
	{ "\"thing:id:{thing_list}\"]\n            - actions",
	    "\"thing:id:{thing_list\"]\n            - actions",
	    "              resources: [\"thing:id:{thing_list\"",
	    "'thing:id:{thing_list' is no resource" },
	{ "\"thing:id:{thing_list}\"]\n            - actions",
	    "\"thing:*\"]\n            - actions",
	    "              resources: [\"thing:*\"",
	    "'thing:*' is no resource" },
	{ "              when: cluster\n", "              when: often\n", NULL,
	    "'often' is no time for a need" },
	{ "basic_services: [] }",
	    "basic_services: [], rbac: [{ actions: [\"a:b\"],"
	    " resources: [\"*:*:*\"] }] }",
	    "    get:\n      tags: [Things]\n      summary: Free",
	    "nobody can have the rights that this needs" },
	/* the rest of a call */
	{ "exclude_codes: [1701, 1702]", "exclude_codes: [17]", NULL,
	    "17 is no code" },
	{ "exclude_codes: [1701, 1702]", "exclude_codes: [x]", NULL,
	    "this has to be an integer" },
	{ "basic_services: [wazuh-db, wazuh-execd]",
	    "basic_services: [wazuh-authd]", NULL,
	    "'wazuh-authd' is no basic service" },
	{ "          wait: never\n", "          wait: sometimes\n", NULL,
	    "'sometimes' is no kind of waiting" },
	{ "          dialect: array\n", "          dialect: list\n", NULL,
	    "'list' is no dialect" },
	{ "          nodes: true\n", "          nodes: [a]\n", NULL,
	    "'nodes' of a call has to be a single value" },
	/* internal rows */
	{ "    description: Inside.\n", "", "  - operationId: inner",
	    "'description' is missing" },
	{ "    x-pool: events\n", "    x-pool: events\n    tags: [Things]\n",
	    "    tags: [Things]\n    x-calls",
	    "an internal row knows no 'tags'" },
};

/* The text with from made to, or NULL: from does not stand there once. */
static char *
changed(const char *base, const struct change *ch)
{
	const char *at = strstr(base, ch->from);
	size_t n;
	char *text;

	if (at == NULL || strstr(at + 1, ch->from) != NULL) {
		printf("\nnot there once: %s\n", ch->from);
		return (NULL);
	}
	n = strlen(base) + strlen(ch->to) + 1;
	text = malloc(n);
	if (text == NULL)
		abort();
	snprintf(text, n, "%.*s%s%s", (int)(at - base), base, ch->to,
	    at + strlen(ch->from));
	return (text);
}

/* From 1: where the place begins; 0: there is not one. */
static size_t
line_of(const char *text, const char *place)
{
	const char *at = strstr(text, place), *s;
	size_t line = 1;

	if (at == NULL || strstr(at + 1, place) != NULL) {
		printf("\nnot there once: %s\n", place);
		return (0);
	}
	for (s = text; s < at; s++)
		line += *s == '\n';
	return (line);
}

static void
test_changes(void)
{
	char want[512], file[NAME], *base, *text;
	const struct change *ch;
	size_t i;

	base = slurp(source("tests/unit/openapi/base.yaml"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(base);
	snprintf(file, sizeof(file), "%s/changed.yaml", top);
	make_dirs("changes");
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		ch = &changes[i];
		text = changed(base, ch);
		CU_ASSERT_PTR_NOT_NULL(text);
		if (text == NULL)
			continue;
		spill(file, text);
		CU_ASSERT_EQUAL(compile(file, "changes"), 1);
		snprintf(want, sizeof(want), "%zu: %s",
		    line_of(text, ch->at != NULL ? ch->at : ch->to), ch->error);
		CU_ASSERT(said(file, want));
		free(text);
	}
	unlink(file);
	free(base);
	remove_dirs("changes");
}

/* --- what is written ------------------------------------------------------ */

/* Of base.yaml. */
static const struct {
	const char *file, *text;
} written[] = {
	{ "common/table.h",
	    "/* generated by mkendpoints from conf/openapi.yaml;"
	    " do not edit */\n" },
	{ "common/table.h",
	    "\tROW_THINGS_GET,\t/* GET /things */\n"
	    "\tROW_THINGS_GET_2,\t/* wazuh.things.restart */\n"
	    "\tROW_THINGS_POST,\t/* POST /things */\n"
	    "\tROW_THING_PUT,\t/* PUT /things/{thing_id} */\n"
	    "\tROW_LOGIN,\t/* POST /login */\n"
	    "\tROW_FREE,\t/* GET /free */\n"
	    "\tROW_INNER,\t/* gatehouse.inner */\n"
	    "\tROW__MAX\n" },
	{ "common/params.c",
	    "{ .p_name = \"ids\",\n\t    .p_in = PIN_QUERY,\n"
	    "\t    .p_type = PT_INTEGERS,\n"
	    "\t    .p_flags = PMF_MIN | PMF_MAX,\n"
	    "\t    .p_min = INT64_C(-1),\n\t    .p_max = INT64_C(50),\n"
	    "\t    .p_minitems = INT64_C(1),\n"
	    "\t    .p_maxitems = INT64_C(9),\n\t},\n" },
	{ "common/params.c",
	    "[] = {\n\t\"one\",\n\t\"two-three\",\n\tNULL\n};\n" },
	{ "common/params.c", "\t    .p_flags = PMF_REQUIRED | PMF_LOWER,\n" },
	{ "common/params.c",
	    "\t    .p_type = PT_NUMBER,\n"
	    "\t    .p_flags = PMF_DEFAULT | PMF_MIN,\n"
	    "\t    .p_min = INT64_C(1),\n\t    .p_default = \"2.5\",\n" },
	{ "common/params.c",
	    "{ .p_name = \"secret\",\n\t    .p_in = PIN_QUERY,\n"
	    "\t    .p_type = PT_STRING,\n\t    .p_flags = PMF_SECRET,\n"
	    "\t},\n" },
	{ "common/params.c",
	    "{ .p_name = \"thing_id\",\n\t    .p_in = PIN_PATH,\n"
	    "\t    .p_type = PT_STRING,\n\t    .p_format = PF_NUMBERS,\n"
	    "\t    .p_flags = PMF_REQUIRED | PMF_MIN,\n"
	    "\t    .p_min = INT64_C(3),\n"
	    "\t    .p_format_name = \"numbers\",\n" },
	{ "common/params.c",
	    "{ .p_name = \"force\",\n\t    .p_in = PIN_BODY,\n"
	    "\t    .p_type = PT_OBJECT,\n\t    .p_flags = PMF_CLOSED,\n"
	    "\t    .p_minitems = INT64_C(1),\n\t},\n" },
	{ "common/params.c",
	    "{ .p_name = \"force.data\",\n\t    .p_in = PIN_BODY,\n"
	    "\t    .p_type = PT_RAW,\n\t    .p_parent = \"force\",\n" },
	{ "common/params.c",
	    "\t    .p_type = PT_RAW,\n\t    .p_flags = PMF_WHOLE,\n" },
	{ "common/params.c",
	    "\t/* things_get: wazuh.things.get_things */\n"
	    "\t{ NULL, \"thing_list\", 2, WIRE_VALUE, NULL },\n"
	    "\t{ NULL, \"sort_by\", 5, WIRE_SORT_FIELDS, \"[\\\"id\\\"]\""
	    " },\n"
	    "\t{ NULL, \"sort_ascending\", 5, WIRE_SORT_ASCENDING, \"false\""
	    " },\n"
	    "\t{ NULL, \"kind\", 3, WIRE_UNDERSCORED, NULL },\n"
	    "\t{ \"filters\", \"ratio\", 4, WIRE_VALUE, NULL },\n"
	    "\t{ \"filters\", \"q.x\", 6, WIRE_VALUE, NULL },\n"
	    "\t{ NULL, \"limit\", 0, WIRE_CONST, \"null\" },\n"
	    "\t/* things_get_2: wazuh.things.restart */\n" },
	{ "common/params.c",
	    "\t{ NULL, \"thing_list\", 8, WIRE_ONE, NULL },\n};\n" },
	{ "common/rows.c",
	    "[ROW_THINGS_GET] = { .r_id = ROW_THINGS_GET,\n"
	    "\t    .r_call = \"wazuh.things.get_things\",\n"
	    "\t    .r_pool = POOL_READ,\n\t    .r_route = ROUTE_MASTER,\n"
	    "\t    .r_flags = ROWF_PRETTY | ROWF_WAIT | ROWF_BROADCAST |"
	    " ROWF_NODES | ROWF_TIMED | ROWF_KEEP_NONE | ROWF_ARRAY |"
	    " ROWF_PEER,\n"
	    "\t    .r_params = things_get_params,\n"
	    "\t    .r_nparams = 8,\n\t    .r_rbac = {\n"
	    "\t\t{ { \"thing:read\" }, { \"thing:id:{ids}\" } },\n"
	    "\t\t{ { \"cluster:read\", \"node:look\" },"
	    " { \"node:id:<node_id>&agent:group:{never}\" } },\n\t    },\n"
	    "\t    .r_when = { RBAC_ALWAYS, RBAC_CLUSTER, RBAC_ALWAYS,"
	    " RBAC_ALWAYS },\n"
	    "\t    .r_services = SVC_EXECD | SVC_DB,\n"
	    "\t    .r_steps = 1,\n"
	    "\t    .r_exclude = things_get_exclude,\n" },
	{ "common/rows.c",
	    "\t    .r_route = ROUTE_DISTRIBUTED,\n"
	    "\t    .r_flags = ROWF_INTERNAL | ROWF_UNTIMED,\n"
	    "\t    .r_params = things_get_2_params,\n" },
	{ "common/rows.c", "things_get_exclude[] = { 1701, 1702, 0 };\n" },
	{ "common/rows.c",
	    "\t    .r_flags = ROWF_BODY | ROWF_BODY_REQ | ROWF_JSON_BODY |"
	    " ROWF_BODY_406,\n" },
	{ "common/rows.c", "\t    .r_minprops = 1,\n" },
	{ "common/rows.c",
	    "thing_put_ctypes[] = { \"application/octet-stream\","
	    " \"application/xml\", NULL };\n" },
	{ "common/rows.c",
	    "\t    .r_flags = ROWF_BODY | ROWF_DEPRECATED | ROWF_ADDITIVE |"
	    " ROWF_BODY_TEXT,\n" },
	{ "common/rows.c",
	    "\t    .r_flags = ROWF_BASIC | ROWF_BODY | ROWF_LOGIN |"
	    " ROWF_JSON_BODY | ROWF_RUNAS | ROWF_CHANGES,\n" },
	{ "common/rows.c", "\t    .r_flags = ROWF_PUBLIC,\n\t},\n" },
	{ "apid/endpoints.c",
	    "\t{ METHOD_PUT, \"/things/{thing_id}\", ROW_THING_PUT },\n"
	    "\t{ METHOD_POST, \"/login\", ROW_LOGIN },\n" },
	{ "apid/endpoints.c", "const size_t nendpoints = 5;\n" },
	{ "authz/calls_authz.c",
	    "authz_calls[ROW__MAX] = {\n\t[ROW_LOGIN] = serve_login,\n};\n" },
	{ "dapi/calls_dapi.c",
	    "\t[ROW_THINGS_GET] = fw_things_get,\n"
	    "\t[ROW_THINGS_GET_2] = fw_things_restart,\n" },
};

static void
test_written(void)
{
	char *text;
	size_t i;

	make_dirs("base");
	CU_ASSERT_EQUAL(
	    compile(source("tests/unit/openapi/base.yaml"), "base"), 0);
	for (i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		text = slurp(below("base", written[i].file));
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		if (strstr(text, written[i].text) == NULL)
			printf("\n%s does not have:\n%s", written[i].file,
			    written[i].text);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, written[i].text));
		free(text);
	}
	remove_dirs("base");
}

/* The JSON is put together again from the literals of C. */
static void
test_json(void)
{
	static const char head[] =
	    "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"Sample\","
	    "\"description\":\"For tests: \\\"quotes\\\", a \\\\ and"
	    " \\u00e9.\",\"version\":\"1\"},\"security\":[{\"jwt\":[]}],"
	    "\"tags\":";
	char *text, *out, *s;
	bool inside = false;

	make_dirs("json");
	CU_ASSERT_EQUAL(
	    compile(source("tests/unit/openapi/base.yaml"), "json"), 0);
	text = slurp(below("json", "dapi/openapi_json.c"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	s = strstr(text, "openapi_json[] =");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	for (out = text; *s != ';' || inside; s++) {
		if (*s == '"')
			inside = !inside;
		else if (inside)
			*out++ = *s == '\\' ? *++s : *s;
	}
	*out = '\0';
	CU_ASSERT_EQUAL(strncmp(text, head, strlen(head)), 0);
	CU_ASSERT_PTR_NULL(strstr(text, "x-"));
	CU_ASSERT_PTR_NULL(strstr(text, "serve_"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
	    "\"schema\":{\"type\":\"number\","
	    "\"format\":\"float\",\"minimum\":1,"
	    "\"default\":2.5}"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"nullable\":true}"));
	free(text);
	remove_dirs("json");
}

/* --- the real table --------------------------------------------------------- */

/* The shipped file compiles, and always to the same. */
static void
test_shipped(void)
{
	char *first, *second;
	size_t i;

	make_dirs("first");
	make_dirs("second");
	CU_ASSERT_EQUAL(compile(source("conf/openapi.yaml"), "first"), 0);
	CU_ASSERT_EQUAL(compile(source("conf/openapi.yaml"), "second"), 0);
	CU_ASSERT_EQUAL(compile(source("conf/openapi.yaml"), "second"), 0);
	for (i = 0; i < OUTPUTS; i++) {
		first = slurp(below("first", outputs[i]));
		second = slurp(below("second", outputs[i]));
		CU_ASSERT_PTR_NOT_NULL_FATAL(first);
		CU_ASSERT_PTR_NOT_NULL_FATAL(second);
		CU_ASSERT_STRING_EQUAL(first, second);
		CU_ASSERT_PTR_EQUAL(
		    strstr(first, "/* generated by mkendpoints "), first);
		free(first);
		free(second);
	}
	remove_dirs("first");
	remove_dirs("second");
}

/* -l prints what this program has been linked with. */
static void
test_list(void)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };
	char path[NAME], *have, *s, *end;
	size_t i, n;

	CU_ASSERT_EQUAL(run("-l", source("conf/openapi.yaml")), 0);
	snprintf(path, sizeof(path), "%s/out", top);
	have = slurp(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(have);
	for (s = have, i = 0; i < nendpoints; i++, s = end + 1) {
		end = strchr(s, '\n');
		CU_ASSERT_PTR_NOT_NULL_FATAL(end);
		n = (size_t)snprintf(path, sizeof(path), "%s %s ",
		    methods[endpoints[i].ep_method], endpoints[i].ep_path);
		CU_ASSERT_EQUAL(strncmp(s, path, n), 0);
	}
	CU_ASSERT_STRING_EQUAL(s, "");
	free(have);
}

static void
test_usage(void)
{
	CU_ASSERT_EQUAL(run("-x", NULL), 2);
	CU_ASSERT_EQUAL(run(source("conf/openapi.yaml"), NULL), 2);
	CU_ASSERT_EQUAL(run("-l", NULL), 2);
	/* No such file, no such folder. */
	CU_ASSERT_EQUAL(compile("nothing.yaml", "nothing"), 1);
	CU_ASSERT_EQUAL(compile(source("conf/openapi.yaml"), "nothing"), 1);
}

static const struct unit_case cases[] = {
	{ "samples", test_samples },
	{ "changes", test_changes },
	{ "written", test_written },
	{ "json", test_json },
	{ "shipped", test_shipped },
	{ "list", test_list },
	{ "usage", test_usage },
	{ NULL, NULL },
};

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[NAME];
	int rv;

	snprintf(top, sizeof(top), "%s/test_mkendpoints.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(top) == NULL)
		return (2);
	rv = unit_run("mkendpoints", cases);
	snprintf(path, sizeof(path), "%s/out", top);
	unlink(path);
	snprintf(path, sizeof(path), "%s/err", top);
	unlink(path);
	if (rmdir(top) == -1)
		return (1);
	return (rv);
}
