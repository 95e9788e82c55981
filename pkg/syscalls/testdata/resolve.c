/* Prints libseccomp's version, then its number of each name on standard input, for the architecture token in argv[1].
   -1 is a name that it does not know; other negative numbers are names of calls that this architecture lacks or multiplexes. */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	const struct scmp_version *v = seccomp_version();
	char name[256];

	if (argc != 2 || v == NULL)
		return 2;
	printf("%u.%u.%u\n", v->major, v->minor, v->micro);
	while (fgets(name, sizeof name, stdin) != NULL) {
		name[strcspn(name, "\n")] = 0;
		printf("%d\n", seccomp_syscall_resolve_name_arch(strtoul(argv[1], NULL, 0), name));
	}
	return 0;
}
