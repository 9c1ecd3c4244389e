package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"voile/internal/nodetest"
	"voile/pipeline/discover"
)

// pageTopics are findings that are hard to show: long, wide, hostile, of every share.
func pageTopics() []discover.Topic {
	var findings []discover.Finding
	for i, share := range []float64{1, 0.995, 0.5, 0.25, 0.01, 0.0001} {
		findings = append(findings, discover.Finding{Place: discover.Place{Path: "$.context.traits.email" + fmt.Sprint(i)}, Kind: "email", Why: "values and name",
			Share: share, Distinct: i * 100, Rule: &discover.Rule{Domain: &discover.Domain{Name: "customer-email"}}})
	}
	long := discover.Place{Path: "$." + strings.Repeat("averylongname", 12), Inside: []discover.Inside{{In: []string{"base64url", "json"}, At: "$.data[*].data.email"}}}
	findings = append(findings,
		discover.Finding{Place: long, Kind: "email", Why: "values", Share: 0.3, Distinct: 7, Rule: &discover.Rule{Action: "redact: true"}},
		discover.Finding{Place: discover.Place{Path: "$['会員番号と電話番号と住所']"}, Kind: "phone", Why: "name only", Share: 0.3, Distinct: 7},
		discover.Finding{Place: discover.Place{Path: `$['<script>alert(1)</script><img src=x onerror=alert(1)>']`}, Kind: "phone", Why: "values", Share: 0.3, Distinct: 7,
			Rule: &discover.Rule{Action: "redact: true"}, Samples: []string{"<b>+33536490013</b>"}})
	return []discover.Topic{
		{Name: "events.web", Report: &discover.Report{Records: 2000, Tombstones: 3, Findings: findings}},
		{Name: strings.Repeat("a-topic-with-a-long-name.", 9), Report: &discover.Report{Records: 1, Findings: findings[:1]}},
		{Name: "empty", Report: &discover.Report{}},
	}
}

// A view is what a browser makes of a page at one width, in pixels.
type view struct {
	Width, Scrolls, Rows, Hidden, Overlapping, Scripts, Linked int
	Smallest                                                   float64
	Beyond, Headings, Asked, Complaints                        []string
	Bars                                                       []float64
}

// look has Chromium look at a page as a person with a phone, and one at a desk, would.
func look(t *testing.T, page []byte) []view {
	t.Helper()
	var args []string
	if dir := os.Getenv("VOILE_TEST_PICTURES"); dir != "" {
		args = append(args, dir)
	}
	var views []view
	if err := json.Unmarshal(nodetest.Run(t, "testdata/browser", "look.mjs", page, args...), &views); err != nil {
		t.Fatal(err)
	}
	if len(views) != 2 || views[0].Width != 390 || views[1].Width != 1280 {
		t.Fatalf("the views are %+v", views)
	}
	for _, v := range views {
		if v.Scrolls > v.Width || len(v.Beyond) > 0 {
			t.Errorf("at %d pixels the page is %d wide; beyond its edge: %v", v.Width, v.Scrolls, v.Beyond)
		}
		if v.Smallest < 12 {
			t.Errorf("at %d pixels some text has %g pixels", v.Width, v.Smallest)
		}
		if v.Scripts > 0 || v.Linked > 0 || len(v.Asked) > 0 || len(v.Complaints) > 0 {
			t.Errorf("the page is not self-contained: %d scripts, %d links, asked for %q, complaints %q", v.Scripts, v.Linked, v.Asked, v.Complaints)
		}
	}
	return views
}

// TestScanPageInChromium looks at the page as a person with a phone, and one at a desk, would.
func TestScanPageInChromium(t *testing.T) {
	var page bytes.Buffer
	topics := pageTopics()
	if err := writeScanPage(&page, topics); err != nil {
		t.Fatal(err)
	}
	views := look(t, page.Bytes())
	findings := topics[0].Findings
	for _, v := range views {
		if want := len(findings) + 1; v.Rows != want || v.Hidden > 0 || v.Overlapping > 0 {
			t.Errorf("at %d pixels: %d rows, want %d; %d cells cannot be seen, %d rows lie over another", v.Width, v.Rows, want, v.Hidden, v.Overlapping)
		}
		for i, f := range findings {
			if math.Abs(v.Bars[i]-f.Share) > 0.03 {
				t.Errorf("at %d pixels the bar of %g is %g", v.Width, f.Share, v.Bars[i])
			}
		}
		if len(v.Headings) != len(topics) || v.Headings[0] != "events.web" {
			t.Errorf("the headings are %q", v.Headings)
		}
	}
}

// What stands in the page without a browser: names are text, values are there only where they are in the report.
func TestScanPage(t *testing.T) {
	var page bytes.Buffer
	if err := writeScanPage(&page, pageTopics()); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"&lt;script&gt;", "&lt;b&gt;&#43;33536490013&lt;/b&gt;", "without a value: 3 tombstones", `class="look"`, "style=\"width: 99.5%\"", "&lt; 1 %"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	for _, bad := range []string{"<script", "<img", "ZgotmplZ", "http:", "https:"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
}
