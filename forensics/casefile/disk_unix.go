//go:build unix

package casefile

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes an exclusive lock on an open file, without waiting. The lock
// ends with the process, however that ends.
func tryLock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isReadOnlyDisk(err error) bool { return errors.Is(err, syscall.EROFS) }

// syncDir makes the names of a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// removeOpen removes a file while its lock is held.
func removeOpen(_ *os.File, path string) error { return os.Remove(path) }

// renamesOpen says that a file can be renamed while it is open.
const renamesOpen = true
