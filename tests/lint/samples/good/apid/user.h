/* SPDX-License-Identifier: ISC */
#ifndef APID_USER_H
#define APID_USER_H

int	user_main(void);

#endif
