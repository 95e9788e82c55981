/* The little of a libc that the probe needs. Included by probe.c only. */
#ifndef TEXT_H
#define TEXT_H

static char line[512];
static unsigned long used;

static void put(const char *s)
{
	while (*s && used < sizeof(line))
		line[used++] = *s++;
}

static void put_number(long n)
{
	char digits[24];
	int i = sizeof(digits);
	unsigned long u = n < 0 ? -(unsigned long)n : (unsigned long)n;

	digits[--i] = 0;
	do
		digits[--i] = '0' + u % 10;
	while (u /= 10);
	if (n < 0)
		digits[--i] = '-';
	put(digits + i);
}

static int equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* prefix returns what follows p in s, or 0. */
static const char *prefix(const char *s, const char *p)
{
	while (*p)
		if (*s++ != *p++)
			return 0;
	return s;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* number reads [-](0xHEX|0OCTAL|DECIMAL) and moves *s behind it. */
static int number(const char **s, long *out)
{
	const char *p = *s;
	unsigned long n = 0;
	int base = 10, negative = 0;

	if (*p == '-') {
		negative = 1;
		p++;
	}
	if (p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	} else if (p[0] == '0') {
		base = 8;
	}
	if (digit(*p) >= base)
		return 0;
	while (digit(*p) < base)
		n = n * base + digit(*p++);
	*out = negative ? -(long)n : (long)n;
	*s = p;
	return 1;
}

static const char *errno_name(long e)
{
	static const struct {
		int nr;
		const char *name;
	} names[] = {
		{1, "EPERM"},	   {2, "ENOENT"},	{3, "ESRCH"},	  {4, "EINTR"},	      {5, "EIO"},
		{7, "E2BIG"},	   {9, "EBADF"},	{10, "ECHILD"},	  {11, "EAGAIN"},     {12, "ENOMEM"},
		{13, "EACCES"},	   {14, "EFAULT"},	{16, "EBUSY"},	  {17, "EEXIST"},     {19, "ENODEV"},
		{20, "ENOTDIR"},   {22, "EINVAL"},	{24, "EMFILE"},	  {28, "ENOSPC"},     {30, "EROFS"},
		{36, "ENAMETOOLONG"}, {38, "ENOSYS"},	{95, "EOPNOTSUPP"}, {97, "EAFNOSUPPORT"}, {126, "ENOKEY"},
	};
	for (unsigned long i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].nr == e)
			return names[i].name;
	return 0;
}

#endif
