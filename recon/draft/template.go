package draft

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"firescene/recon"
)

// Template is the beginning of a new hypothesis. Rooms and openings are those of
// another one where there is one, else one room is supposed.
func Template(id, title string, at recon.Vec, ignition time.Time, rooms []recon.Room, openings []recon.Opening) (Draft, error) {
	var b strings.Builder
	room := ""
	for _, r := range rooms {
		if holds(r, at) {
			room = r.Name
		}
	}
	if room == "" {
		r := recon.Room{Name: "room", Min: recon.Vec{at[0] - 2, at[1] - 2, at[2] - 0.1}, Max: recon.Vec{at[0] + 2, at[1] + 2, at[2] + 2.4}}
		rooms, openings, room = []recon.Room{r}, nil, r.Name
	}
	fmt.Fprintf(&b, "id: %s\ntitle: %s\nbasis: []\n", id, strconv.Quote(title))
	fmt.Fprintf(&b, "origin:\n  room: %s\n  at_m: %s\n  radius_m: 0.3\n  describe: \"\"\n", strconv.Quote(room), triple(rounded(at)))
	fmt.Fprintf(&b, "ignition:\n  time: %s\n  uncertainty_s: 60\nduration_s: 600\nrooms:\n", ignition.Format(time.RFC3339))
	for _, r := range rooms {
		fmt.Fprintf(&b, "  - name: %s\n    min_m: %s\n    max_m: %s\n", strconv.Quote(r.Name), triple(rounded(r.Min)), triple(rounded(r.Max)))
		if r.Wall != "" {
			fmt.Fprintf(&b, "    wall: %s\n", strconv.Quote(r.Wall))
		}
		if r.ThickM > 0 {
			fmt.Fprintf(&b, "    wall_thick_m: %s\n", number(r.ThickM))
		}
	}
	b.WriteString("openings:")
	if len(openings) == 0 {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	for _, o := range openings {
		fmt.Fprintf(&b, "  - name: %s\n    from: %s\n    to: %s\n    width_m: %s\n    sill_m: %s\n    head_m: %s\n    open_at_s: %s\n", strconv.Quote(o.Name), strconv.Quote(o.From), strconv.Quote(o.To),
			number(o.WidthM), number(o.SillM), number(o.HeadM), number(o.OpenAtS))
		if o.At != nil {
			fmt.Fprintf(&b, "    at_m: %s\n", triple(rounded(*o.At)))
		}
	}
	fmt.Fprintf(&b, "fuels:\n  - name: item1\n    at_m: %s\n    area_m2: 1\n", triple(rounded(at)))
	b.WriteString("    growth: {alpha_kW_s2: 0.01172, peak_kW: 500, plateau_s: 120, decay_s: 200}\n")
	b.WriteString("    source: \"supposed: t-squared growth, medium class of NFPA 72 annex B; state the item's own\"\n    spread_pct: 30\ndetectors: []\n")
	return Parse([]byte(b.String()))
}

func rounded(v recon.Vec) recon.Vec {
	for k := range v {
		n, err := strconv.ParseFloat(strconv.FormatFloat(v[k], 'f', 3, 64), 64)
		if err == nil {
			v[k] = n
		}
	}
	return v
}
