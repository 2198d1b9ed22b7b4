package fdscase

import (
	"fmt"

	"firescene/recon/field"
)

// Output is one column of the table of devices.
type Output struct {
	Name, Unit   string
	line         int
	value        value
	averageFromS float64 // of the scene, from when the running average is taken; below 0: none
}

// Table is laid out as FDS writes its tables: the first column is the time as the
// input counts it.
type Table struct {
	Units, Names []string
	Rows         [][]float64
}

// DeviceTable is the table that FDS writes to CHID_devc.csv.
func (c *Case) DeviceTable(res *field.Result) (*Table, error) {
	if len(res.Devices) != len(c.Scene.Devices) {
		return nil, fmt.Errorf("the result has %d devices, the scene %d", len(res.Devices), len(c.Scene.Devices))
	}
	t := &Table{Units: []string{"s"}, Names: []string{"Time"}}
	for _, o := range c.Outputs {
		t.Units, t.Names = append(t.Units, o.Unit), append(t.Names, o.Name)
	}
	sums, counts := make([]float64, len(c.Outputs)), make([]float64, len(c.Outputs))
	for k, tS := range res.TimeS {
		s := sample{res: res, k: k, tS: tS, inputS: c.InputTime(tS)}
		row := make([]float64, 1, len(c.Outputs)+1)
		row[0] = s.inputS
		for i, o := range c.Outputs {
			v := o.value(s)
			if o.averageFromS >= 0 && tS >= o.averageFromS {
				sums[i] += v
				counts[i]++
				v = sums[i] / counts[i]
			}
			row = append(row, v)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// HRRTable is the table of heat release: what burns, what would burn if all that is
// given off did.
func (c *Case) HRRTable(res *field.Result) *Table {
	t := &Table{Units: []string{"s", "kW", "kW"}, Names: []string{"Time", "HRR", "HRR_OFFERED"}}
	for k, tS := range res.TimeS {
		t.Rows = append(t.Rows, []float64{c.InputTime(tS), res.HRRKW[k], res.OfferedKW[k]})
	}
	return t
}
