package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/icza/mjpeg"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/scene"
)

// maxReplayFrames bounds a replay: half an hour at 25 pictures a second.
const maxReplayFrames = 45_000

// isReplay says that a file name asks for moving pictures.
func isReplay(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".mp4" || ext == ".avi"
}

// replay draws the simulated course of one or more hypotheses, side by side on one
// clock, and writes it as a video. afterS counts from each hypothesis's own ignition.
type replay struct {
	opts  renderOptions
	base  render.Scene // without a hypothesis
	fires []caseFire
	shown *fireShown
	texts texts
	seen  []recon.Observation
	zone  *time.Location
	path  *scene.Path // of the camera; nil: it stands still
	// extent opens the place where the path says so.
	extent scene.Extent
}

// frames is how many pictures the replay has, and times the moment of one.
func (r *replay) frames() int { return int((r.opts.ToS-r.opts.FromS)/r.stepS()) + 1 }

func (r *replay) stepS() float64 { return r.opts.Speed / float64(r.opts.FPS) }

// check refuses what can not be drawn, and puts the end where the longest simulation
// ends when none was given.
func (r *replay) check() error {
	if len(r.fires) == 0 && r.path == nil {
		return usageError{errors.New("render: a replay needs --hypothesis FILE.yaml, once or up to four times, or the --path of a camera")}
	}
	end := 0.0
	for i, f := range r.fires {
		if n := len(f.Result.TimeS); n > 0 {
			end = max(end, r.lateS(i)+f.Result.TimeS[n-1])
		}
	}
	if len(r.fires) == 0 { // a way through the place: its own seconds
		end, r.opts.Speed = max(r.path.DurationS(), 1/float64(max(r.opts.FPS, 1))), 1
	}
	if r.opts.ToS == 0 {
		r.opts.ToS = end
	}
	switch {
	case !(r.opts.FromS >= 0) || !(r.opts.ToS > r.opts.FromS) || r.opts.ToS > end:
		return usageError{fmt.Errorf("render: --from %g --to %g: give a part of the %g s that were simulated", r.opts.FromS, r.opts.ToS, end)}
	case r.opts.FPS < 1 || r.opts.FPS > 60 || !(r.opts.Speed > 0):
		return usageError{fmt.Errorf("render: --fps %d --speed %g: 1 to 60 pictures a second, and a speed above 0", r.opts.FPS, r.opts.Speed)}
	case r.frames() > maxReplayFrames:
		return usageError{fmt.Errorf("render: %d pictures; at most %d are written: raise --speed or lower --fps", r.frames(), maxReplayFrames)}
	}
	return nil
}

// run draws every picture and hands it to the video, which is written under a
// temporary name until it is whole.
func (r *replay) run(ctx context.Context, opt scene.Options, view func(width, height int) (render.View, error), width, height int, report progressFunc) (renderer string, err error) {
	n := len(r.fires)
	across, down := n, 1
	if n == 4 {
		across, down = 2, 2
	}
	width, height = width/2/max(across, 1)*2*max(across, 1), height/2/down*2*down // video codecs want even sides
	w1, h1 := width/max(across, 1), height/down
	v, err := view(w1, h1)
	if err != nil {
		return "", err
	}
	opt.Supersample = 1 // a video's pictures are compressed and small
	d, err := scene.NewDrawer(opt)
	if err != nil {
		return "", err
	}
	defer d.Close()
	temp := r.opts.Out + ".unfinished"
	defer os.Remove(temp)
	w, err := newVideo(ctx, temp, strings.ToLower(filepath.Ext(r.opts.Out)), width, height, r.opts.FPS)
	if err != nil {
		return "", err
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range r.frames() {
		at := r.opts.FromS + float64(i)*r.stepS()
		if r.path != nil {
			v = r.path.At(float64(i)/float64(r.opts.FPS), r.extent, w1, h1)
		}
		for k := range max(n, 1) {
			s := r.base
			if n > 0 {
				if err := r.state(&s, k, at); err != nil {
					w.abort()
					return "", err
				}
			}
			frame, err := d.Draw(ctx, s, v)
			if err != nil {
				w.abort()
				return "", err
			}
			renderer = frame.Renderer
			corner := image.Pt(k%max(across, 1)*w1, k/max(across, 1)*h1)
			draw.Draw(img, image.Rectangle{corner, corner.Add(image.Pt(w1, h1))}, frame.Image, image.Point{}, draw.Src)
		}
		if err := w.add(img); err != nil {
			w.abort()
			return "", fmt.Errorf("write %s: %w", r.opts.Out, err)
		}
		report("replay", int64(i+1), int64(r.frames()))
	}
	if err := w.close(); err != nil {
		return "", fmt.Errorf("write %s: %w", r.opts.Out, err)
	}
	return renderer, os.Rename(temp, r.opts.Out)
}

// lateS is how much later than the earliest a hypothesis has its ignition, when all are
// shown at the same true time.
func (r *replay) lateS(k int) float64 {
	if !r.opts.OneClock {
		return 0
	}
	first := r.fires[0].Hypothesis.Ignition.Time
	for _, f := range r.fires {
		if t := f.Hypothesis.Ignition.Time; t.Before(first) {
			first = t
		}
	}
	return r.fires[k].Hypothesis.Ignition.Time.Sub(first).Seconds()
}

// arrivalHoldS is for how many seconds of the video an observed response springs to the
// eye.
const arrivalHoldS = 2

// state draws a hypothesis at a moment of the replay, with what had been observed by
// then.
func (r *replay) state(s *render.Scene, k int, at float64) error {
	f := r.fires[k]
	after := at - r.lateS(k)
	shown := min(max(after, 0), f.Result.TimeS[len(f.Result.TimeS)-1])
	if err := r.shown.add(s, f, shown, r.texts); err != nil {
		return err
	}
	s.Title = fmt.Sprintf("%s  %.0f s", f.Hypothesis.ID, shown)
	if len(r.seen) == 0 {
		return nil
	}
	moment := f.Hypothesis.Ignition.Time.Add(time.Duration(after * float64(time.Second)))
	s.Title += "  " + moment.In(r.zone).Format("15:04:05")
	scene.AddArrivals(s, r.seen, f.Hypothesis, moment, arrivalHoldS*r.opts.Speed, r.zone)
	s.Legend = append(s.Legend, render.Legend{Text: r.texts.T("draw_arrival"), Symbol: "exhibit", Standing: forensics.Recovered})
	return nil
}

// video takes pictures of one size, one after the other. The same pictures give the
// same bytes with the same encoder.
type video interface {
	add(img *image.RGBA) error
	close() error
	abort()
}

// newVideo writes H.264 in MP4 through ffmpeg, or motion JPEG in AVI by itself.
func newVideo(ctx context.Context, path, ext string, width, height, fps int) (video, error) {
	if ext == ".avi" {
		w, err := mjpeg.New(path, int32(width), int32(height), int32(fps))
		return &aviVideo{w, path}, err
	}
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, errors.New("an .mp4 is written by ffmpeg, which was not found: install it, or name an .avi file, which needs nothing")
	}
	c := exec.CommandContext(ctx, ffmpeg, "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba", "-s", fmt.Sprintf("%dx%d", width, height), "-r", strconv.Itoa(fps), "-i", "-",
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "2", "-pix_fmt", "yuv420p", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4", path)
	v := &ffmpegVideo{cmd: c}
	c.Stderr = &v.said
	if v.in, err = c.StdinPipe(); err != nil {
		return nil, err
	}
	return v, c.Start()
}

type ffmpegVideo struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	said bytes.Buffer
}

func (v *ffmpegVideo) add(img *image.RGBA) error {
	_, err := v.in.Write(img.Pix)
	if err != nil {
		v.abort()
		return fmt.Errorf("ffmpeg: %w %s", err, bytes.TrimSpace(v.said.Bytes()))
	}
	return nil
}

func (v *ffmpegVideo) close() error {
	err := errors.Join(v.in.Close(), v.cmd.Wait())
	if err != nil {
		return fmt.Errorf("ffmpeg: %w %s", err, bytes.TrimSpace(v.said.Bytes()))
	}
	return nil
}

func (v *ffmpegVideo) abort() {
	_ = v.in.Close()
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}

type aviVideo struct {
	w    mjpeg.AviWriter
	path string
}

func (v *aviVideo) add(img *image.RGBA) error {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		return err
	}
	return v.w.AddFrame(b.Bytes())
}

func (v *aviVideo) close() error {
	if err := v.w.Close(); err != nil {
		return err
	}
	return v.dropTime()
}

// dropTime clears the name of the stream, in which the library notes the time of
// writing: the same pictures are to give the same bytes.
func (v *aviVideo) dropTime() error {
	f, err := os.OpenFile(v.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	at := bytes.Index(head[:n], []byte("strn"))
	if at < 0 || at+8 > n {
		return nil
	}
	size := int(binary.LittleEndian.Uint32(head[at+4:]))
	if at+8+size > n {
		return errors.New("the head of the video is not as expected")
	}
	if _, err := f.WriteAt(make([]byte, size), int64(at+8)); err != nil {
		return err
	}
	return f.Close()
}

func (v *aviVideo) abort() { _ = v.w.Close() }
