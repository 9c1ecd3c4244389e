package report

import (
	"strings"
	"testing"
)

func TestSection(t *testing.T) {
	for _, test := range []struct {
		form string
		zipf bool
		want string
	}{{"full", false, "full"}, {"full", true, ""}, {"short", false, ""}, {"zipf", true, "zipf"}, {"latency", false, "latency"},
		{"latency", true, ""}, {"scale", false, "scale"}, {"scale", true, ""}} {
		if got := (&Results{Form: test.form, Load: Load{Zipf: test.zipf}}).Section(); got != test.want {
			t.Errorf("%s, zipf %t: %q, want %q", test.form, test.zipf, got, test.want)
		}
	}
}

// TestFragment: a plot for which there are no figures is not shown.
func TestFragment(t *testing.T) {
	r := results()
	got := r.Fragment("performance/full-")
	if !strings.HasPrefix(got, r.Markdown()) || !strings.HasSuffix(got,
		"\n![CPU per record](performance/full-cpu.svg)\n\n![Records a second](performance/full-throughput.svg)\n") {
		t.Errorf("%s", got)
	}
}

func TestReplace(t *testing.T) {
	const page = "# By hand\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nby hand\n<!-- bench:b -->\n<!-- /bench:b -->\n"
	for _, test := range []struct{ page, section, want, fault string }{
		{page, "a", "# By hand\n<!-- bench:a -->\n\nnew\n\n<!-- /bench:a -->\nby hand\n<!-- bench:b -->\n<!-- /bench:b -->\n", ""},
		{page, "b", "# By hand\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nby hand\n<!-- bench:b -->\n\nnew\n\n<!-- /bench:b -->\n", ""},
		{page, "c", "", "the page has no section between <!-- bench:c --> and <!-- /bench:c -->"},
		{page + page, "a", "", "the page has no section between <!-- bench:a --> and <!-- /bench:a -->"},
		{"<!-- /bench:a -->\n<!-- bench:a -->\n", "a", "", "the page has no section between <!-- bench:a --> and <!-- /bench:a -->"},
	} {
		got, err := Replace(test.page, test.section, "\nnew\n")
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if got != test.want || fault != test.fault {
			t.Errorf("%s: %q, %q; want %q, %q", test.section, got, fault, test.want, test.fault)
		}
	}
	if again, err := Replace(page, "a", "x"); err != nil || again == "" {
		t.Fatal(err)
	} else if twice, err := Replace(again, "a", "x"); err != nil || twice != again {
		t.Errorf("the same twice: %q, then %q, %v", again, twice, err)
	}
}
