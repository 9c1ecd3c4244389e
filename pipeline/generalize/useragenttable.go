package generalize

// A product is what a word of a User-Agent says.
type product struct {
	family string
	rank   int
}

// The ranks: what says more of who asks comes before what it is made of, or says it is compatible with.
const (
	rankClient  = iota + 1 // a library, where nothing else is named
	rankEngine             // Chrome and Firefox, which many are made of
	rankBrowser            // a browser that names one of these too
	rankApp                // a view inside of an application
	rankRobot              // a robot of no known name
	rankNamed              // a robot
)

// products are the words that are known. Order and letters are those of the User-Agents themselves.
var products = map[string]product{
	"Googlebot": {"Googlebot", rankNamed}, "AdsBot-Google": {"Googlebot", rankNamed}, "bingbot": {"Bingbot", rankNamed}, "Applebot": {"Applebot", rankNamed},
	"YandexBot": {"YandexBot", rankNamed}, "Baiduspider": {"Baiduspider", rankNamed}, "DuckDuckBot": {"DuckDuckBot", rankNamed},
	"facebookexternalhit": {"Facebook bot", rankNamed}, "Twitterbot": {"Twitterbot", rankNamed}, "LinkedInBot": {"LinkedInBot", rankNamed},
	"Slackbot": {"Slackbot", rankNamed}, "Discordbot": {"Discordbot", rankNamed}, "TelegramBot": {"TelegramBot", rankNamed},
	"AhrefsBot": {"AhrefsBot", rankNamed}, "SemrushBot": {"SemrushBot", rankNamed}, "PetalBot": {"PetalBot", rankNamed}, "Bytespider": {"Bytespider", rankNamed},
	"Amazonbot": {"Amazonbot", rankNamed}, "GPTBot": {"GPTBot", rankNamed}, "ClaudeBot": {"ClaudeBot", rankNamed}, "CCBot": {"CCBot", rankNamed},
	"PerplexityBot": {"PerplexityBot", rankNamed}, "GoogleImageProxy": {"Google Image Proxy", rankNamed}, "YahooMailProxy": {"Yahoo Mail Proxy", rankNamed},

	"FBAV": {"Facebook", rankApp}, "Instagram": {"Instagram", rankApp}, "WhatsApp": {"WhatsApp", rankApp}, "GSA": {"Google App", rankApp},
	"MicroMessenger": {"WeChat", rankApp}, "Line": {"LINE", rankApp}, "Snapchat": {"Snapchat", rankApp}, "Pinterest": {"Pinterest", rankApp},
	"musical": {"TikTok", rankApp}, "BytedanceWebview": {"TikTok", rankApp}, "Electron": {"Electron", rankApp}, "Thunderbird": {"Thunderbird", rankApp},

	"Edg": {"Edge", rankBrowser}, "Edge": {"Edge", rankBrowser}, "EdgA": {"Edge", rankBrowser}, "EdgiOS": {"Edge", rankBrowser},
	"OPR": {"Opera", rankBrowser}, "OPT": {"Opera", rankBrowser}, "OPiOS": {"Opera", rankBrowser}, "Opera": {"Opera", rankBrowser},
	"SamsungBrowser": {"Samsung Internet", rankBrowser}, "UCBrowser": {"UC Browser", rankBrowser}, "YaBrowser": {"Yandex Browser", rankBrowser},
	"Vivaldi": {"Vivaldi", rankBrowser}, "DuckDuckGo": {"DuckDuckGo", rankBrowser}, "Ddg": {"DuckDuckGo", rankBrowser}, "HuaweiBrowser": {"Huawei Browser", rankBrowser},
	"MiuiBrowser": {"Miui Browser", rankBrowser}, "Silk": {"Silk", rankBrowser}, "Whale": {"Whale", rankBrowser}, "HeadlessChrome": {"Headless Chrome", rankBrowser},
	"MSIE": {"Internet Explorer", rankBrowser}, "FxiOS": {"Firefox", rankBrowser}, "CriOS": {"Chrome", rankBrowser}, "Focus": {"Firefox", rankBrowser},

	"Firefox": {"Firefox", rankEngine}, "Chrome": {"Chrome", rankEngine}, "Chromium": {"Chrome", rankEngine},

	"okhttp": {"okhttp", rankClient}, "Dalvik": {"Dalvik", rankClient}, "CFNetwork": {"CFNetwork", rankClient}, "Dart": {"Dart", rankClient},
	"python-requests": {"python-requests", rankClient}, "Python-urllib": {"python-urllib", rankClient}, "aiohttp": {"aiohttp", rankClient}, "httpx": {"httpx", rankClient},
	"axios": {"axios", rankClient}, "node": {"Node.js", rankClient}, "node-fetch": {"node-fetch", rankClient}, "undici": {"undici", rankClient},
	"Go-http-client": {"Go-http-client", rankClient}, "Java": {"Java", rankClient}, "Java-http-client": {"Java", rankClient},
	"Apache-HttpClient": {"Apache-HttpClient", rankClient}, "Jersey": {"Jersey", rankClient}, "curl": {"curl", rankClient}, "Wget": {"Wget", rankClient},
	"GuzzleHttp": {"Guzzle", rankClient}, "Ruby": {"Ruby", rankClient}, "Faraday": {"Faraday", rankClient}, "reqwest": {"reqwest", rankClient},
	"PostmanRuntime": {"Postman", rankClient}, "insomnia": {"Insomnia", rankClient},
}

// families are all words that come out.
var families = func() map[string]bool {
	all := map[string]bool{Other: true, "bot": true, "Safari": true, "Mobile Safari": true, "Android WebView": true, "iOS WebView": true}
	for _, p := range products {
		all[p.family] = true
	}
	return all
}()
