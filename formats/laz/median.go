package laz

// median5 is a running middle of about five values: alternately a value from the
// lower and from the upper half is forgotten.
type median5 struct {
	v    [5]int32
	high bool
}

func (m *median5) ready() { *m = median5{high: true} }

func (m *median5) get() int32 { return m.v[2] }

func (m *median5) add(x int32) {
	v := &m.v
	if m.high {
		if x < v[2] {
			v[4], v[3] = v[3], v[2]
			switch {
			case x < v[0]:
				v[2], v[1], v[0] = v[1], v[0], x
			case x < v[1]:
				v[2], v[1] = v[1], x
			default:
				v[2] = x
			}
			return
		}
		if x < v[3] {
			v[4], v[3] = v[3], x
		} else {
			v[4] = x
		}
		m.high = false
		return
	}
	if v[2] < x {
		v[0], v[1] = v[1], v[2]
		switch {
		case v[4] < x:
			v[2], v[3], v[4] = v[3], v[4], x
		case v[3] < x:
			v[2], v[3] = v[3], x
		default:
			v[2] = x
		}
		return
	}
	if v[1] < x {
		v[0], v[1] = v[1], x
	} else {
		v[0] = x
	}
	m.high = true
}

// returnMap8 orders the pairs of number of returns and return number of formats
// 0 to 5, returnMap16 those of formats 6 to 10 in fewer classes. Rows are numbers
// of returns. Impossible pairs have classes too: files contain them.
var (
	returnMap8 = [8][8]uint8{
		{15, 14, 13, 12, 11, 10, 9, 8},
		{14, 0, 1, 3, 6, 10, 10, 9},
		{13, 1, 2, 4, 7, 11, 11, 10},
		{12, 3, 4, 5, 8, 12, 12, 11},
		{11, 6, 7, 8, 9, 13, 13, 12},
		{10, 10, 11, 12, 13, 14, 14, 13},
		{9, 10, 11, 12, 13, 14, 15, 14},
		{8, 9, 10, 11, 12, 13, 14, 15},
	}
	returnMap16 = digits([16]string{
		"0123453445555555", "1013333333333333", "2124444444433333", "3345444444444444",
		"4344544444444444", "5344454444444444", "3344445444444444", "4344444544444444",
		"4344444454444444", "5344444445444444", "5344444444544444", "5334444444455444",
		"5334444444455544", "5334444444445554", "5334444444444555", "5334444444444455",
	})
)

func digits(rows [16]string) (t [16][16]uint8) {
	for i, row := range rows {
		for j := range row {
			t[i][j] = row[j] - '0'
		}
	}
	return t
}

// penetration is how many returns lie between a return and the last, at most 7.
func penetration(n, r int) int { return min(max(n-r, r-n), 7) }

// evenUpTo takes the lowest bit off k and bounds it: contexts by the size of a
// difference.
func evenUpTo(k, most uint32) uint32 {
	if k < most {
		return k &^ 1
	}
	return most
}

func one(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func clamp8(v int32) int32 { return min(max(v, 0), 255) }
