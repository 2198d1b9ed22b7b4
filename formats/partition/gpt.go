package partition

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"unicode/utf16"
)

// gptTypes names partition type GUIDs, UEFI 5.3.3 and the systems' own.
var gptTypes = map[string]string{
	"C12A7328-F81F-11D2-BA4B-00A0C93EC93B": "EFI system",
	"EBD0A0A2-B9E5-4433-87C0-68B6B72699C7": "basic data",
	"E3C9E316-0B5C-4DB8-817D-F92DF00215AE": "Microsoft reserved",
	"DE94BBA4-06D1-4D40-A16A-BFD50179D6AC": "Windows recovery",
	"0FC63DAF-8483-4772-8E79-3D69D8477DE4": "Linux",
	"0657FD6D-A4AB-43C4-84E5-0933C84B4F4F": "Linux swap",
	"E6D6D379-F507-44C2-A23C-238F2A3DF928": "Linux LVM",
	"A19D880F-05FC-4D3B-A006-743F0F84911E": "Linux RAID",
	"48465300-0000-11AA-AA11-00306543ECAC": "Apple HFS+",
	"7C3457EF-0000-11AA-AA11-00306543ECAC": "Apple APFS",
}

var errGPT = errors.New("no valid header")

// readGPT reads the table of a disk with the given sector size: the main header,
// or the backup in the last sector when the main one is damaged. It reports
// whether there is one.
func readGPT(r io.ReaderAt, size, sectorB int64, t *Table) (bool, error) {
	main, mainErr := readGPTAt(r, size, sectorB, 1)
	if mainErr == nil {
		backup, err := readGPTAt(r, size, sectorB, main.backupLBA)
		switch {
		case err != nil && !errors.Is(err, errGPT):
			return false, err
		case err != nil:
			main.table.warn("the backup GPT in sector %d is missing or damaged", main.backupLBA)
		case !bytes.Equal(main.entries, backup.entries):
			main.table.warn("main and backup GPT differ; the main one is used")
		}
		*t = main.table
		return true, nil
	}
	if !errors.Is(mainErr, errGPT) {
		return false, mainErr
	}
	backup, err := readGPTAt(r, size, sectorB, size/sectorB-1)
	if errors.Is(err, errGPT) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	*t = backup.table
	t.FromBackup = true
	t.warn("the main GPT is damaged; its backup in the last sector was read")
	return true, nil
}

type gpt struct {
	table     Table
	backupLBA int64
	entries   []byte
}

// readGPTAt reads one header and its entry array, UEFI 5.3.2 and 5.3.3. errGPT
// means that there is none or that a check sum is wrong.
func readGPTAt(r io.ReaderAt, size, sectorB, lba int64) (gpt, error) {
	var g gpt
	if lba <= 0 || lba > size/sectorB {
		return g, errGPT
	}
	h, err := readAt(r, lba*sectorB, sectorB, size)
	if err != nil {
		return g, err
	}
	le := binary.LittleEndian
	if len(h) < 92 || string(h[:8]) != "EFI PART" {
		return g, errGPT
	}
	headB := le.Uint32(h[12:])
	if headB < 92 || int64(headB) > int64(len(h)) {
		return g, errGPT
	}
	sum := le.Uint32(h[16:])
	clean := bytes.Clone(h[:headB])
	clear(clean[16:20])
	if crc32.ChecksumIEEE(clean) != sum || le.Uint64(h[24:]) != uint64(lba) {
		return g, errGPT
	}
	g.backupLBA = int64(min(le.Uint64(h[32:]), 1<<52))
	count, entryB := int64(le.Uint32(h[80:])), int64(le.Uint32(h[84:]))
	if entryB < 128 || entryB > 4096 || count > maxPartitions || le.Uint64(h[72:]) > 1<<50 {
		return g, errGPT
	}
	g.entries, err = readAt(r, int64(le.Uint64(h[72:]))*sectorB, count*entryB, size)
	if err != nil {
		return g, err
	}
	if int64(len(g.entries)) != count*entryB || crc32.ChecksumIEEE(g.entries) != le.Uint32(h[88:]) {
		return g, errGPT
	}
	g.table = Table{Scheme: GPT, SectorB: sectorB, DiskID: guid(h[56:72])}
	for i := range count {
		e := g.entries[i*entryB : (i+1)*entryB]
		first, last := le.Uint64(e[32:]), le.Uint64(e[40:])
		if bytes.Equal(e[:16], make([]byte, 16)) {
			continue
		}
		if first > last || last > 1<<50 {
			g.table.warn("partition %d of the GPT runs from sector %d to %d and is left out", i+1, first, last)
			continue
		}
		kind := guid(e[:16])
		if n := gptTypes[kind]; n != "" {
			kind = n
		}
		g.table.Partitions = append(g.table.Partitions, Partition{
			Number: int(i) + 1, OffsetB: int64(first) * sectorB, LengthB: int64(last-first+1) * sectorB,
			Type: kind, Name: gptName(e[56:128]), ID: guid(e[16:32]),
		})
	}
	return g, nil
}

// guid prints a GUID in the mixed byte order of UEFI appendix A.
func guid(b []byte) string {
	le, be := binary.LittleEndian, binary.BigEndian
	return fmt.Sprintf("%08X-%04X-%04X-%04X-%012X", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), be.Uint16(b[8:]), b[10:16])
}

func gptName(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		c := binary.LittleEndian.Uint16(b[i:])
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return strings.ToValidUTF8(string(utf16.Decode(u)), "?")
}
