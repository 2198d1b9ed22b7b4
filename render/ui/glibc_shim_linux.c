// The prebuilt Dear ImGui archive asks for __isoc23_sscanf, which C libraries
// before glibc 2.38 do not have. The weak definition steps back where they do.
#include <stdarg.h>
#include <stdio.h>

__attribute__((weak)) int __isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsscanf(text, format, args);
	va_end(args);
	return n;
}
