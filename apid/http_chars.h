/* SPDX-License-Identifier: ISC */
/* The character classes of RFC 9110 that the parsers of HTTP share. */
#ifndef APID_HTTP_CHARS_H
#define APID_HTTP_CHARS_H

#include <stdbool.h>
#include <stdint.h>

/* tchar (5.6.2): what method and field names are made of. */
static inline bool
http_tchar(unsigned char c)
{
	static const uint32_t	 map[8] = { 0, 0x03ff6cfa, 0xc7fffffe,
		0x57ffffff };

	return ((map[c >> 5] >> (c & 31)) & 1);
}

/* field-vchar, space and tab (5.5): what field values are made of. */
static inline bool
http_fchar(unsigned char c)
{
	return (c == '\t' || (c >= ' ' && c != 0x7f));
}

/* The value of a hexadecimal digit, or -1. */
static inline int
http_hex(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

#endif
