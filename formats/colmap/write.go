package colmap

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// WriteCameras writes cameras.txt.
func WriteCameras(w io.Writer, cameras []Camera) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Camera list with one line of data per camera:\n#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n# Number of cameras: %d\n", len(cameras))
	for _, c := range cameras {
		fmt.Fprintf(b, "%d %s %d %d", c.ID, c.Model, c.Width, c.Height)
		for _, p := range c.Params {
			b.WriteByte(' ')
			b.WriteString(number(p))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// WriteImages writes images.txt. A name must not hold a line break.
func WriteImages(w io.Writer, images []Image) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Image list with two lines of data per image:\n#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n#   POINTS2D[] as (X, Y, POINT3D_ID)\n# Number of images: %d\n", len(images))
	for _, m := range images {
		fmt.Fprintf(b, "%d %s %s %s %s %s %s %s %d %s\n", m.ID, number(m.Q[0]), number(m.Q[1]), number(m.Q[2]), number(m.Q[3]),
			number(m.T[0]), number(m.T[1]), number(m.T[2]), m.CameraID, m.Name)
		for i, p := range m.Points {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(b, "%s %s %d", number(p.X), number(p.Y), p.Point3D)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// WritePoints writes points3D.txt.
func WritePoints(w io.Writer, points []Point3D) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# 3D point list with one line of data per point:\n#   POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)\n# Number of points: %d\n", len(points))
	for _, p := range points {
		fmt.Fprintf(b, "%d %s %s %s %d %d %d %s", p.ID, number(p.XYZ[0]), number(p.XYZ[1]), number(p.XYZ[2]), p.RGB[0], p.RGB[1], p.RGB[2], number(p.Error))
		for _, t := range p.Track {
			fmt.Fprintf(b, " %d %d", t.ImageID, t.Point2D)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// number writes the shortest decimal that reads back as the same value.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
