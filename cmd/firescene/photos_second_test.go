package main

import (
	"strings"
	"testing"

	"firescene/recon"
)

// Whatever two methods differ in is said in words, never an empty list.
func TestHowDiffers(t *testing.T) {
	for _, c := range []struct {
		o    recon.SecondOpinion
		want map[string]string
	}{
		{recon.SecondOpinion{Common: 9, Differ: []string{"a.jpg", "b.jpg"}}, map[string]string{"en": "placed differently: a.jpg, b.jpg", "zh": "位置不同的照片：a.jpg, b.jpg"}},
		{recon.SecondOpinion{Common: 2, Differ: []string{"a.jpg", "b.jpg"}}, map[string]string{"en": "as a whole: 2 of 2", "zh": "整体不一致"}},
		{recon.SecondOpinion{Common: 9, OnlyFirst: []string{"c.jpg"}}, map[string]string{"en": "only the model holds: c.jpg", "zh": "仅本模型定位的照片：c.jpg"}},
		{recon.SecondOpinion{Common: 9, OnlySecond: []string{"d.jpg"}}, map[string]string{"en": "only the second method holds: d.jpg", "zh": "仅第二种方法定位的照片：d.jpg"}},
		{recon.SecondOpinion{Common: 1}, map[string]string{"en": "too few photos in common", "zh": "无法比较"}},
		{recon.SecondOpinion{Common: 9, Differ: []string{"a.jpg"}, OnlyFirst: []string{"c.jpg"}}, map[string]string{"en": "a.jpg; only the model holds: c.jpg", "zh": "a.jpg; 仅本模型"}},
	} {
		for lang, want := range c.want {
			if got := howDiffers(newTexts(lang), &c.o); !strings.Contains(got, want) {
				t.Errorf("%+v in %s: %q, without %q", c.o, lang, got, want)
			}
		}
	}
}
