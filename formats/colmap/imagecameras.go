package colmap

import (
	"io"
	"strconv"
	"strings"

	"firescene/formats"
)

// ImageCamera is the camera that an image of images.txt has.
type ImageCamera struct {
	Name     string
	CameraID int
}

// ReadImageCameras reads of images.txt which image has which camera, and nothing
// else. It also takes lists whose lines of keypoints were left out, which tools
// write that hand on cameras alone.
func ReadImageCameras(r io.Reader) ([]ImageCamera, error) {
	in := newLines(r, formats.DefaultLimits())
	var out []ImageCamera
	for in.next() {
		f := in.fields()
		if len(f)%3 == 0 && (len(f) < 10 || isNumber(f[9])) {
			continue // keypoints, none of them too
		}
		if len(f) < 10 {
			return nil, in.damaged("an image needs an ID, a pose of seven numbers, a camera and a name")
		}
		for _, s := range f[1:8] {
			in.float(s)
		}
		name := strings.SplitN(strings.TrimSpace(in.text), " ", 10)
		out = append(out, ImageCamera{Name: strings.TrimSpace(name[len(name)-1]), CameraID: in.int(f[8])})
		if in.err != nil {
			return nil, in.err
		}
	}
	return out, in.err
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}
