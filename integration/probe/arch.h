/* Raw system calls, by the ABIs which this architecture has. No libc. */
#ifndef ARCH_H
#define ARCH_H

#define X32_BIT 0x40000000L

#if defined(__x86_64__)

static long syscall64(long nr, const long *a)
{
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/*
 * The i386 entry, from a 64-bit process. The kernel reads the low halves of
 * the registers, so pointers have to be below 4 GiB: the program is linked at
 * a fixed low address. The sixth argument is in ebp, which is saved by hand.
 */
static long syscall32(long nr, const long *a)
{
	long ret;

	__asm__ volatile("push %%rbp\n\t"
			 "mov %[six], %%rbp\n\t"
			 "int $0x80\n\t"
			 "pop %%rbp"
			 : "=a"(ret)
			 : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]), [six] "r"(a[5])
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)ret;
}

#define HAVE_SYSCALL32 1

/* push: the stack may be misaligned by what the kernel left there. */
__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start\n");

#elif defined(__aarch64__)

static long syscall64(long nr, const long *a)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a[0];
	register long x1 __asm__("x1") = a[1];
	register long x2 __asm__("x2") = a[2];
	register long x3 __asm__("x3") = a[3];
	register long x4 __asm__("x4") = a[4];
	register long x5 __asm__("x5") = a[5];

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"mov x29, #0\n\t"
	"mov x0, sp\n\t"
	"bl start\n");

#else
#error "the probe has no raw system calls for this architecture yet"
#endif

#endif
