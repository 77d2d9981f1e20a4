/* SPDX-License-Identifier: ISC */
/*
 * What permissions can be about: conf/rbac.yaml, compiled by
 * scripts/mkcatalogue. All lists of texts end with NULL.
 */
#ifndef AUTHZ_CATALOGUE_H
#define AUTHZ_CATALOGUE_H

struct catalogue_resource {
	const char	*ct_name;		/* "agent:id" */
	const char	*ct_description;
};

struct catalogue_action {
	const char	*cn_name;		/* "agent:read" */
	const char	*cn_description;
	const char	*const *cn_resources;
	/* A policy as an example. */
	const char	*const *cn_actions;
	const char	*const *cn_objects;
	const char	*cn_effect;
	/* "GET /agents": those that ask for it. */
	const char	*const *cn_operations;
};

/* Each array ends with a NULL name, or NULL. */
extern const struct catalogue_resource catalogue_resources[];
/* In the order of the first operation that asks for each. */
extern const struct catalogue_action catalogue_actions[];
/* All operations of the product, also those that ask for nothing. */
extern const char *const catalogue_operations[];

#endif
