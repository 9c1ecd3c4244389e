package generalize_test

import (
	"net/url"
	"strings"
	"testing"

	"voile/pipeline/generalize"
)

func TestURL(t *testing.T) {
	origin, path := generalize.URL{Origin: true}, generalize.URL{}
	check(t, []generalization{
		{"origin", origin, "https://shop.example/panier?email=ana%40example.org#x", "https://shop.example"},
		{"origin in capitals, with its port", origin, "HTTPS://Shop.Example:443/", "https://shop.example"},
		{"another port", origin, "http://shop.example:443", "http://shop.example:443"},
		{"an empty port", origin, "http://shop.example:/a", "http://shop.example"},
		{"a user", origin, "https://ana:secret@shop.example/a", "https://shop.example"},
		{"a user that is an address", origin, "https://ana@example.org:x@shop.example", "https://shop.example"},
		{"IPv6", origin, "https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443"},
		{"no ASCII", origin, "https://boutique-été.example/a", "https://boutique-été.example"},
		{"an application", origin, "android-app://com.google.android.gm/", "android-app://com.google.android.gm"},
		{"without a scheme", origin, "//shop.example/a", "//shop.example"},
		{"a path has no origin", origin, "/panier?step=2", ""},
		{"query and fragment", path, "https://Shop.example:443/panier/?step=2&e=a#x", "https://Shop.example:443/panier/"},
		{"a fragment with a question", path, "https://shop.example#a?b", "https://shop.example"},
		{"a question in the place of a path", path, "https://shop.example?e=ana@example.org", "https://shop.example"},
		{"a user in front of a path", path, "https://ana@shop.example/a", "https://shop.example/a"},
		{"a path", path, " /panier;v=1?step=2 ", "/panier;v=1"},
		{"a path, without its end", path, "//shop.example/a?b", "//shop.example/a"},
		{"an address", path, "mailto:ana@example.org", ""},
		{"an address alone", path, "ana@example.org", ""},
		{"a host without its slashes", path, "shop.example/a?b", ""},
		{"data", path, "data:text/plain,ana", ""},
		{"a backslash", path, `https://ana.example\@shop.example/a`, ""},
		{"a line break", path, "https://shop.example/\na", ""},
		{"no host", path, "file:///home/ana", ""},
		{"a host with an escape", path, "https://ana%40example.org/a", ""},
		{"a port that is none", path, "https://shop.example:ana/a", ""},
		{"a port that is too large", path, "https://shop.example:65536/a", ""},
		{"nothing", path, "", ""},
	})
}

// FuzzURL: of what is understood and net/url reads, neither user, query nor fragment stays, and the host is its host.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://ana:b@Shop.example:443/a;b?c=d#e", "//a", "/a?b", "http://[::1]:80", "a+b://c@d", "https://a?b@c", "https://a#b@c/", "http:a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range []generalize.URL{{}, {Origin: true}} {
			idempotent(t, g, text)
			out, ok := g.Append(nil, []byte(text))
			in, err := url.Parse(strings.TrimSpace(text))
			if !ok || err != nil {
				continue
			}
			have, err := url.Parse(string(out))
			if err != nil || have.User != nil || have.RawQuery != "" || have.Fragment != "" || !strings.EqualFold(have.Hostname(), in.Hostname()) ||
				g.Origin && have.Path != "" || !g.Origin && have.Path != in.Path {
				t.Fatalf("%q became %q: %+v, %v", text, out, have, err)
			}
		}
	})
}

func TestUserAgent(t *testing.T) {
	var rows []generalization
	for in, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                             "Firefox 128",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.127 Safari/537.36":                               "Chrome 126",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87":                  "Edge 126",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0":                                  "Opera 111",
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36":         "Samsung Internet 25",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1":            "Mobile Safari 17",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Safari/605.1.15":                            "Safari 17",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1":     "Chrome 126",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15":          "Firefox 127",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148":                                      "iOS WebView",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F79 [FBAN/FBIOS;FBAV/450.0.0.38.108;FBBV/564431005]":     "Facebook 450",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36":          "Android WebView 126",
		"Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko":                                                                              "Internet Explorer 11",
		"Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)":                                                                                   "Internet Explorer 10",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/126.0.6478.126 Safari/537.36": "Googlebot 2",
		"Mozilla/5.0 (compatible; ExampleBot/7; +https://ana.example) Chrome/126.0":                                                                          "bot",
		"my-crawler":                          "bot",
		"okhttp/4.12.0":                       "okhttp 4",
		"Dalvik/2.1.0 (Linux; U; Android 14)": "Dalvik 2",
		"Shop/3.2 (ana@example.org) CFNetwork/1496.0.7 Darwin/23.5.0": "CFNetwork 1496",
		"python-requests/2.32.3": "python-requests 2",
		"Go-http-client/1.1":     "Go-http-client 1",
		"Chrome/123456":          "Chrome",
		"Firefox 128":            "Firefox 128",
		"Mobile Safari 17":       "Mobile Safari 17",
		"Firefox 0128":           "Firefox 128",
		"Firefox 12.8":           "Firefox 12",
		"Firefox ana":            "Firefox",
		"other":                  "other",
		"ana@example.org":        "other",
		"日本":                     "other",
		" ":                      "other",
	} {
		rows = append(rows, generalization{in, generalize.UserAgent{}, in, want})
	}
	check(t, rows)
}

// FuzzUserAgent: every text is understood, and what comes out are words of the table and at most four digits, whatever came in.
func FuzzUserAgent(f *testing.F) {
	for _, s := range []string{"Mozilla/5.0 (X11) Firefox/128.0", "Chrome 126 wv", "Version/17 Mobile Safari/1 AppleWebKit", "Trident/9999", "xbot/1", "Opera 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		idempotent(t, generalize.UserAgent{}, text)
		out, ok := generalize.UserAgent{}.Append(nil, []byte(text))
		if !ok {
			t.Fatalf("%q was not understood", text)
		}
		name, version := string(out), ""
		if i := strings.LastIndexByte(name, ' '); i > 0 && name[i+1] >= '0' && name[i+1] <= '9' {
			name, version = name[:i], name[i+1:]
		}
		if len(version) > 4 || strings.Trim(version, "0123456789") != "" || !generalize.Family(name) {
			t.Fatalf("%q became %q", text, out)
		}
	})
}
