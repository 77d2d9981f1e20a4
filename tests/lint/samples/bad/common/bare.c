int bare_nothing(void);

