package colmap

import (
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
)

func TestReadImageCameras(t *testing.T) {
	for name, text := range map[string]string{
		"with keypoints":          "# head\n1 1 0 0 0 0 0 0 2 a.jpg\n1.5 2.5 -1 3 4 7 3 4 7 3 4 7\n2 0.6 0.8 0 0 1 2 3 1 in a room/b 1.jpg\n\n",
		"without keypoints":       "1 1 0 0 0 0 0 0 2 a.jpg\n\n2 1 0 0 0 0 0 0 1 in a room/b 1.jpg",
		"without their lines too": "1 1 0 0 0 0 0 0 2 a.jpg\r\n2 1 0 0 0 0 0 0 1 in a room/b 1.jpg\r\n",
	} {
		got, err := ReadImageCameras(strings.NewReader(text))
		if want := []ImageCamera{{"a.jpg", 2}, {"in a room/b 1.jpg", 1}}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, text := range []string{"1 1 0 0", "1 1 0 0 0 0 0 0 x a.jpg", "1 1 0 0 nan 0 0 0 1 a.jpg"} {
		if _, err := ReadImageCameras(strings.NewReader(text)); !formats.IsDamaged(err) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadImageCameras(f *testing.F) {
	f.Add([]byte("1 1 0 0 0 0 0 0 2 a.jpg\n1 2 -1\n2 1 0 0 0 0 0 0 1 in a room/b 1.jpg"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ReadImageCameras(strings.NewReader(string(b)))
		for _, c := range got {
			if err == nil && c.Name == "" {
				t.Fatalf("%+v", got)
			}
		}
	})
}
