/* SPDX-License-Identifier: ISC */
/* What a new embedded database is made of. */
#ifndef DAPI_STORE_SCHEMA_H
#define DAPI_STORE_SCHEMA_H

#define SCHEMA_GLOBAL_VERSION	7	/* metadata.db_version of wazuh-db 4.14 */

/* Statements, ending in NULL, to be run in one transaction. */
extern const char *const schema_global[];

#endif
