/* A runtime as far as pkg/host can see: linked to the real libseccomp, it tells its version as runc does. "knows NAME" exits
   with 0 where that libseccomp knows the name. */
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	const struct scmp_version *v = seccomp_version();

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("runc version 9.9.9\nlibseccomp: %u.%u.%u\n", v->major, v->minor, v->micro);
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "knows") == 0)
		return seccomp_syscall_resolve_name(argv[2]) == __NR_SCMP_ERROR;
	return 1;
}
