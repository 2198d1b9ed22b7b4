package casefile

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropCache asks the system to forget what it holds of a file that is on disk
// already, so that reading it back reads the disk.
func dropCache(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // only advice
}
