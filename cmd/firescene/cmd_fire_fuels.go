package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/recon/fuels"
)

func (a *app) fireFuelsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "fuels",
		Short: "List the library of fuels that a hypothesis can name",
		Long: `List the library of fuels that a hypothesis can name under fuels: item. Measured
items bring their curve; growth classes (t2_...) need growth with peak_kW; liquid
pools (pool_...) need area_m2 and mass_kg. Each has its source and the spread with
which it stands for another of its kind.` + exitStatusHelp,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.finish(listFuels(), nil) },
	}
}

// fuelsSummary is what fire fuels returns.
type fuelsSummary struct {
	Fuels []fuelLine `json:"fuels"`
}

// fuelLine is one item of the library.
type fuelLine struct {
	Name      string       `json:"name"`
	Words     string       `json:"words"`
	Kind      fuels.Kind   `json:"kind"`
	PeakKW    float64      `json:"peak_kW,omitempty"`
	TotalMJ   float64      `json:"total_MJ,omitempty"`
	AlphaKWs2 float64      `json:"alpha_kW_s2,omitempty"`
	PoolKW    float64      `json:"pool_1m2_kW,omitempty"`
	Radiative float64      `json:"radiative_fraction"`
	SpreadPct float64      `json:"spread_pct"`
	SpreadWhy string       `json:"spread_source"`
	Source    string       `json:"source"`
	Curve     [][2]float64 `json:"curve_s_kW,omitempty"`
}

func listFuels() fuelsSummary {
	s := fuelsSummary{}
	for _, it := range fuels.All() {
		l := fuelLine{Name: it.Name, Words: it.Words, Kind: it.Kind, PeakKW: it.PeakKW(), TotalMJ: it.TotalMJ(), AlphaKWs2: it.AlphaKWs2,
			Radiative: it.RadiativeFraction, SpreadPct: it.SpreadPct, SpreadWhy: it.SpreadWhy, Source: it.Source, Curve: it.Curve}
		if it.Kind == fuels.Pool {
			l.PoolKW, _, _ = it.PoolKW(1, 1)
		}
		s.Fuels = append(s.Fuels, l)
	}
	return s
}

func (s fuelsSummary) failures() []forensics.Failure { return nil }

func (s fuelsSummary) print(w io.Writer, t texts) {
	sources := map[string]bool{}
	var order []string
	for _, l := range s.Fuels {
		size := ""
		switch l.Kind {
		case fuels.Measured:
			size = t.T("fire_fuel_curve", "Peak", fmt.Sprintf("%.0f", l.PeakKW), "Total", fmt.Sprintf("%.0f", l.TotalMJ))
		case fuels.Growth:
			size = t.T("fire_fuel_growth", "Alpha", fmt.Sprintf("%g", l.AlphaKWs2))
		default:
			size = t.T("fire_fuel_pool", "Rate", fmt.Sprintf("%.0f", l.PoolKW))
		}
		fmt.Fprintf(w, "%-23s %s\n", l.Name, t.T("fire_fuel_line", "Words", t.T("fuel_"+l.Name), "Size", size, "Spread", fmt.Sprintf("%.0f", l.SpreadPct)))
		for _, line := range []string{l.Source, t.T("fire_fuel_why_" + string(l.Kind))} {
			if !sources[line] {
				sources[line] = true
				order = append(order, line)
			}
		}
	}
	fmt.Fprintln(w, t.T("fire_fuel_sources"))
	for _, line := range order {
		fmt.Fprintln(w, "  "+line)
	}
}
