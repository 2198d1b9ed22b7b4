package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progressLine prints one line a second for the stage that is under way. Plain
// lines, not bars: they read the same in a terminal, a log and the workstation.
type progressLine struct {
	mu      sync.Mutex
	w       io.Writer
	now     func() time.Time
	stage   string
	total   int64
	done    int64 // as told last
	first   int64 // what was done when it began
	began   time.Time
	printed time.Time
}

func (p *progressLine) report(stage string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if stage != p.stage {
		p.stage, p.printed, p.total = stage, now, -1
	}
	if total != p.total || done == 0 && p.done > 0 { // the stage turns to other work: its pace is another
		p.total, p.first, p.began = total, done, now
	}
	p.done = done
	if now.Sub(p.printed) < time.Second {
		return
	}
	p.printed = now
	if total <= 0 {
		fmt.Fprintf(p.w, "%s: %d\n", stage, done)
		return
	}
	line := fmt.Sprintf("%s: %d/%d (%d %%)", stage, done, total, done*100/total)
	if done > p.first && done < total {
		left := time.Duration(float64(now.Sub(p.began)) * float64(total-done) / float64(done-p.first))
		line += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	fmt.Fprintln(p.w, line)
}
