package samples

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"time"

	"firescene/samples/disk"
	"firescene/samples/room"
)

const imageSizeB = 48 << 20

// still is one picture of the surveillance camera.
type still struct {
	name string
	at   time.Time // by the recorder's clock
	data []byte
}

// recorder makes the image of the video recorder's card. After the fire somebody
// deleted the evening's pictures and the router's log; a later start of the
// recorder wrote over a part.
func (m *maker) recorder() error {
	stills, err := m.stills()
	if err != nil {
		return err
	}
	clock := func(t time.Time) time.Time { return t.Add(seconds(recorderOffsetS)) }
	v, err := disk.New(imageSizeB, "NVR-CARD", clock(m.begin.AddDate(0, -2, 0)), m.seed)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(uint64(m.seed), 0x12ec))
	when := clock(m.begin.Add(-6 * time.Hour))
	day, older := "CCTV/"+when.Format("20060102"), "CCTV/"+when.AddDate(0, 0, -1).Format("20060102")
	v.Gap(40) // what an earlier formatting left
	v.Orphan(stills[len(stills)-2].data)
	v.Gap(9)
	v.Mkdir("LOG", when)
	v.Mkdir("CCTV", when)
	v.Mkdir(older, when)
	v.Mkdir(day, when)
	v.Write("LOG/alarm_export.csv", m.selfTests(), when)
	for _, s := range stills[:2] {
		v.Write(older+"/"+s.name, s.data, s.at)
	}
	// The fragmented one: its second half lands behind what was written between.
	broken := 3 + rng.IntN(2)
	for i, s := range stills[2 : len(stills)-2] {
		p := day + "/" + s.name
		if i == broken {
			half := len(s.data) / 2 / 512 * 512
			v.Write(p, s.data[:half], s.at)
			v.Write("LOG/boot.txt", []byte(strings.Repeat("nvr boot stage ok\r\n", 60)), s.at)
			v.Append(p, s.data[half:])
			continue
		}
		v.Write(p, s.data, s.at)
		if rng.IntN(3) == 0 {
			v.Gap(1 + rng.IntN(5))
		}
	}
	end := clock(m.begin.Add(seconds(m.at.powerLoss)))
	v.Write("LOG/recorder.log", m.recorderLog(), end)
	v.Write("LOG/router.log", m.routerLog(), end)
	v.Gap(25)
	v.Orphan(stills[len(stills)-1].data)
	// The tampering: all but the first two of the evening and one of the fire.
	keep := 9 + rng.IntN(3)
	var last still
	for i, s := range stills[2 : len(stills)-2] {
		if i >= 2 && i != keep {
			v.Delete(day + "/" + s.name)
			if i > broken && i < keep {
				last = s
			}
		}
	}
	v.DeleteFolder(older)
	v.Delete("LOG/router.log")
	// The next start wrote over the third quarter of one of them.
	v.Reuse(day+"/"+last.name, len(last.data)/2/512)
	config := []byte(strings.Repeat("[stream]\r\ncodec=h265\r\nfps=15\r\n", len(last.data)/4/30+1))
	v.Write("LOG/restart.cfg", config[:len(last.data)/4], clock(m.begin.Add(20*time.Hour)))
	m.truth.Disk = v.Records()
	return m.save("media/recorder.img", v.Image())
}

// stills renders what the camera stored: a few pictures before, two of them of the
// day before, then one every
// few seconds from half a minute before the fire until the power went. The last
// two of the list are the ones that will have no entry.
func (m *maker) stills() ([]still, error) {
	l := m.layout
	w := m.opts.StillWidthPx
	view, err := room.Before(l, m.seed).Survey(m.ctx, w, w*9/11, m.opts.Workers)
	if err != nil {
		return nil, err
	}
	var times []float64
	for _, h := range [4]float64{25, 24, 2, 1} {
		times = append(times, -3600*h-130)
	}
	for t := -30.0; t < m.at.powerLoss; t += float64(m.opts.StillEveryS) {
		times = append(times, t)
	}
	out := make([]still, len(times))
	errs := make([]error, len(times))
	m.each("sample recorder", len(times), func(i int) {
		at := m.begin.Add(seconds(times[i] + recorderOffsetS))
		img := view.Still(m.fire.moment(times[i], at.Format("2006-01-02 15:04:05")+"  CAM1", i+int(m.seed)))
		var b bytes.Buffer
		errs[i] = jpeg.Encode(&b, img, &jpeg.Options{Quality: 78})
		out[i] = still{fmt.Sprintf("CH1_%s.jpg", at.Format("150405")), at, b.Bytes()}
	})
	if err := m.ctx.Err(); err != nil {
		return nil, err
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	// Move two of the fire to the end: they become orphans.
	if n := len(out); n > 14 {
		a, b := out[10], out[n-3]
		rest := append(append([]still(nil), out[:10]...), out[11:n-3]...)
		out = append(append(rest, out[n-2:]...), a, b)
	}
	return out, nil
}

// line is one record of a log at a true time, in seconds after ignition.
type line struct {
	at   float64
	text string
}

// recorderLog is written by the recorder's clock, as text syslog without a year.
func (m *maker) recorderLog() []byte {
	at := m.at
	lines := []line{
		{-14400, "nvr[312]: system start, firmware 5.4.2, disk 1 mounted"},
		{-14394, "nvr[312]: cam1 connected 704x576 15 fps"},
		{-9000, "nvr[312]: ntp: server not reachable, keeping local clock"},
		{-7210, "nvr[331]: cam1 motion start region 5 (door)"},
		{-7168, "nvr[331]: cam1 motion end"},
		{-1845, "nvr[331]: cam1 motion start region 5 (door)"},
		{-1822, "nvr[331]: cam1 motion end"},
		{at.flameSeen, "nvr[331]: cam1 smart event FIRE_DETECT start region 3 (sofa, window side)"},
		{at.flameSeen + 9, "nvr[331]: cam1 motion start region 3 (sofa, window side)"},
		{at.whiteOut, "nvr[331]: cam1 picture lost contrast, tamper alarm"},
		{at.powerLoss + 0.6, "nvr[312]: mains power lost, running on battery"},
		{at.powerLoss + 4.1, "nvr[312]: cam1 disconnected"},
		{at.powerLoss + 31, "nvr[312]: battery low, recording stopped"},
	}
	for h := 2; h >= 1; h-- {
		lines = append(lines, line{float64(-3600*h - 129), fmt.Sprintf("nvr[331]: cam1 snapshot stored, %d files in folder", 3-h)})
	}
	return syslog("nvr-01", m.begin, recorderOffsetS, lines)
}

// routerLog was received by the recorder, which stamped it with its own clock.
func (m *maker) routerLog() []byte {
	p := m.at.powerLoss
	lines := []line{
		{-14200, "router dhcpd: lease 192.0.2.21 to nvr-01"},
		{-5400, "router pppd: link up, 1000 Mbit/s"},
		{-600, "router wlan0: station smart-plug-sofa associated"},
		{p - 48, "router wlan0: station smart-plug-sofa signal weak"},
		{p + 0.4, "router eth1: link down, port to living room"},
		{p + 0.9, "router wlan0: station smart-plug-sofa lost"},
		{p + 2.2, "router power: last gasp"},
	}
	return syslog("router", m.begin, recorderOffsetS, lines)
}

func syslog(host string, begin time.Time, offsetS float64, lines []line) []byte {
	sortLines(lines)
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s %s\n", begin.Add(seconds(l.at+offsetS)).Format("Jan _2 15:04:05"), host, strings.TrimPrefix(l.text, host+" "))
	}
	return []byte(b.String())
}
