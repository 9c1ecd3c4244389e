package main

import (
	_ "embed"
	"html/template"
	"io"
	"strconv"

	"voile/pipeline/discover"
)

//go:embed scan.html
var scanPageText string

// A scanPage is what the page says of one topic.
type scanPage struct {
	Name, Summary string
	Notes         []string
	Rows          []scanPageRow
}

type scanPageRow struct {
	Path, Kind, Share, Bar, Rule, Why string
	Distinct                          int
	Look                              bool
	Samples                           []string
}

// writeScanPage writes one page that needs nothing else: no script, no file, no network.
func writeScanPage(w io.Writer, topics []discover.Topic) error {
	page, err := template.New("scan").Parse(scanPageText)
	if err != nil {
		return err
	}
	var pages []scanPage
	for _, t := range topics {
		p := scanPage{Name: visible(t.Name), Summary: count(t.Records, "record") + ", " + count(len(t.Findings), "place"), Notes: scanNotes(t.Report)}
		for i := range t.Findings {
			p.Rows = append(p.Rows, pageRow(&t.Findings[i]))
		}
		pages = append(pages, p)
	}
	return page.Execute(w, pages)
}

func pageRow(f *discover.Finding) scanPageRow {
	r := scanPageRow{Path: visible(f.Place.String()), Kind: string(f.Kind), Share: discover.Percent(f.Share), Bar: strconv.FormatFloat(f.Share*100, 'f', 1, 64),
		Distinct: f.Distinct, Rule: "look", Why: f.Why, Look: f.Rule == nil}
	if f.Rule != nil {
		r.Rule = f.Rule.String()
	}
	for _, s := range f.Samples {
		r.Samples = append(r.Samples, visible(s))
	}
	return r
}
