/* SPDX-License-Identifier: ISC */
/*
 * The hash role: scrypt, PBKDF2 and signatures, one request after the other,
 * in a process that can do nothing else. It keeps the tokens' public key and
 * no state besides.
 */
#ifndef AUTHZ_HASH_H
#define AUTHZ_HASH_H

struct proc_ops;

extern const struct proc_ops hash_ops;

#endif
