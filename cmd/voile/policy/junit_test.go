package policy

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"testing"
)

// tokens are the texts of tokens, which differ from run to run.
var tokens = regexp.MustCompile(`v[hte]1\.[a-z-]+\.[-_A-Za-z0-9]+`)

func TestJUnit(t *testing.T) {
	report, err := runText(t, `
tests:
  - {name: "good & <well>", route: web, value: {id: 1}, expect: {$.id: token of id}}
  - name: bad
    route: shop
    value: {customer: a@example.org, "n\u0001": "x\u0001"}
    expect:
      $.customer: unchanged
      $.nothing: redacted
`)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := JUnit(&b, []string{"t.yaml"}, []*Report{report}); err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="voile test" tests="2" failures="1">
  <testsuite name="t.yaml" tests="2" failures="1">
    <testcase name="good &amp; &lt;well&gt;" classname="web" file="t.yaml" line="3"></testcase>
    <testcase name="bad" classname="shop" file="t.yaml" line="4">
      <failure message="$.customer: want: unchanged; got: &#34;T&#34;">t.yaml:8: $.customer: want: unchanged; got: &#34;T&#34;&#xA;t.yaml:9: $.nothing: want: redacted; got: nothing is there</failure>
    </testcase>
  </testsuite>
</testsuites>
`
	if got := tokens.ReplaceAllString(b.String(), "T"); got != want {
		t.Errorf("have\n%s\nwant\n%s", got, want)
	}
	if err := xml.Unmarshal(b.Bytes(), new(struct{})); err != nil {
		t.Error(err)
	}
}
