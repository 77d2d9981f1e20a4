/* SPDX-License-Identifier: ISC */
/*
 * The chunked coding of request bodies (RFC 9112 7.1), byte by byte: see
 * http.h. A front server that reads one of these lines in another way than we
 * do lets a request be smuggled, so nothing is forgiven: no blanks after a
 * size, no bare CR or LF, no size beyond 63 bits.
 */
#include <sys/types.h>

#include <string.h>

#include "apid/http.h"
#include "apid/http_chars.h"

#define SIZE_DIGITS   16
#define EXTENSION_MAX 256 /* bytes of the extensions of one chunk */
#define TRAILERS_MAX  8192 /* bytes of all trailers */

enum chunk_state {
	CS_SIZE_FIRST, /* at least one digit must come */
	CS_SIZE,
	CS_EXTENSION,
	CS_SIZE_LF,
	CS_DATA,
	CS_DATA_CR,
	CS_DATA_LF,
	CS_LINE, /* start of a trailer, or of the empty line */
	CS_NAME,
	CS_VALUE,
	CS_VALUE_LF,
	CS_END_LF,
	CS_DONE
};

/* Go on to the state if the byte is the one that must stand here. */
static bool
expect(struct http_chunked *hc, char c, char want, enum chunk_state next)
{
	hc->hc_state = next;
	return (c == want);
}

/* One byte of the line that begins a chunk. */
static const char *
chunk_size(struct http_chunked *hc, char c)
{
	int digit;

	if (hc->hc_state == CS_EXTENSION) {
		if (c == '\r')
			hc->hc_state = CS_SIZE_LF;
		else if (++hc->hc_line > EXTENSION_MAX)
			return ("chunk extension over the limit");
		else if (!http_fchar((unsigned char)c) || (c & 0x80))
			return ("malformed chunk extension");
		return (NULL);
	}
	digit = http_hex((unsigned char)c);
	if (digit != -1) {
		if (++hc->hc_line > SIZE_DIGITS ||
		    hc->hc_left > (uint64_t)INT64_MAX >> 4)
			return ("chunk size over the limit");
		hc->hc_left = hc->hc_left << 4 | (uint64_t)digit;
		hc->hc_state = CS_SIZE;
		return (NULL);
	}
	if (hc->hc_state == CS_SIZE_FIRST || (c != '\r' && c != ';'))
		return ("malformed chunk size");
	hc->hc_line = 0;
	hc->hc_state = c == ';' ? CS_EXTENSION : CS_SIZE_LF;
	return (NULL);
}

/* One byte of the trailers, which are checked and dropped. */
static const char *
chunk_trailer(struct http_chunked *hc, char c)
{
	if (hc->hc_state == CS_LINE && c == '\r') {
		hc->hc_state = CS_END_LF;
		return (NULL);
	}
	if (++hc->hc_trailers > TRAILERS_MAX)
		return ("trailers over the limit");
	switch (hc->hc_state) {
	case CS_LINE:
		if (!http_tchar((unsigned char)c))
			return ("malformed trailer");
		hc->hc_state = CS_NAME;
		break;
	case CS_NAME:
		if (c == ':')
			hc->hc_state = CS_VALUE;
		else if (!http_tchar((unsigned char)c))
			return ("malformed trailer");
		break;
	default:
		if (c == '\r')
			hc->hc_state = CS_VALUE_LF;
		else if (!http_fchar((unsigned char)c))
			return ("control character in a trailer");
		break;
	}
	return (NULL);
}

/* One byte of framing; NULL or what is wrong with it. */
static const char *
chunk_byte(struct http_chunked *hc, char c)
{
	static const char crlf[] = "line of a chunked body without CRLF";

	switch ((enum chunk_state)hc->hc_state) {
	case CS_SIZE_FIRST:
	case CS_SIZE:
	case CS_EXTENSION:
		return (chunk_size(hc, c));
	case CS_SIZE_LF:
		hc->hc_line = 0;
		return (
		    expect(hc, c, '\n', hc->hc_left == 0 ? CS_LINE : CS_DATA) ?
		        NULL :
		        crlf);
	case CS_DATA_CR:
		return (expect(hc, c, '\r', CS_DATA_LF) ?
		        NULL :
		        "chunk longer than its size");
	case CS_DATA_LF:
		return (expect(hc, c, '\n', CS_SIZE_FIRST) ? NULL : crlf);
	case CS_LINE:
	case CS_NAME:
	case CS_VALUE:
		return (chunk_trailer(hc, c));
	case CS_VALUE_LF:
		return (expect(hc, c, '\n', CS_LINE) ? NULL : crlf);
	case CS_END_LF:
		return (expect(hc, c, '\n', CS_DONE) ? NULL : crlf);
	case CS_DATA:
	case CS_DONE:
		break;
	}
	return ("chunked body in no known state");
}

enum http_status
http_chunk(struct http_chunked *hc, const char *data, size_t len,
    size_t *used_r, const char **out_r, size_t *outlen_r, const char **why_r)
{
	const char *why;
	size_t i = 0, n;

	*out_r = data;
	*outlen_r = *used_r = 0;
	*why_r = NULL;
	while (hc->hc_state != CS_DONE && hc->hc_state != CS_DATA && i < len) {
		why = chunk_byte(hc, data[i++]);
		if (why != NULL) {
			*why_r = why;
			return (HTTP_BAD);
		}
	}
	if (hc->hc_state == CS_DATA) {
		n = len - i;
		if (n > hc->hc_left)
			n = (size_t)hc->hc_left;
		*out_r = data + i;
		*outlen_r = n;
		hc->hc_left -= n;
		if (hc->hc_left == 0)
			hc->hc_state = CS_DATA_CR;
		i += n;
	}
	*used_r = i;
	return (hc->hc_state == CS_DONE ? HTTP_DONE : HTTP_MORE);
}
