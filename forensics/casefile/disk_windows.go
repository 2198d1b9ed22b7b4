package casefile

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockOffset is past the end of any exhibit: Windows locks keep others from
// reading the range they cover.
const lockOffset = 1 << 62

// tryLock takes an exclusive lock on an open file, without waiting. The lock
// ends with the process, however that ends.
func tryLock(f *os.File) bool {
	at := windows.Overlapped{Offset: 0, OffsetHigh: lockOffset >> 32}
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at) == nil
}

func isDiskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func isReadOnlyDisk(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// syncDir does nothing: NTFS journals its names.
func syncDir(string) error { return nil }

// removeOpen removes a file. Windows does not remove one that is open, and makes
// no difference between read-only and in use, so the lock ends first.
func removeOpen(f *os.File, path string) error {
	f.Close()
	if err := os.Chmod(path, 0o666); err != nil {
		return err
	}
	return os.Remove(path)
}

// renamesOpen says that a file can be renamed while it is open.
const renamesOpen = false
