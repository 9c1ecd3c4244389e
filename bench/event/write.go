package event

import (
	"bytes"
	"fmt"
)

var (
	channels = []string{"web", "app", "till", "call", "mail"}
	actions  = []string{"Order Completed", "Product Viewed", "Cart Updated", "Search", "Return Asked", "Voucher Used"}
	pages    = []string{"/panier", "/lampes", "/vases", "/compte", "/retour", "/recherche"}
	agents   = []string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15",
		"ShopApp/7.4.1 (Android 16; fr)", "Till/3.2 (lyon-2)",
	}
)

// Append appends the JSON of event n: some 1.2 KB, without white space.
func (s Source) Append(dst []byte, n int) []byte {
	v := s.Values(n)
	pick := func(what int, list []string) string { return list[s.draw(n, what)%uint64(len(list))] }
	dst = fmt.Appendf(dst, `{"type":"track","channel":"%s","event":"%s",`+numberMark+`%0*d","timestamp":"2026-03-%02dT%02d:%02d:%02d.%03dZ",`+
		`"userId":"%s","anonymousId":"%s","integrations":{"All":true},`,
		pick(4, channels), pick(5, actions), numberDigits, n, 1+n/86_400_000%28, n/3_600_000%24, n/60_000%60, n/1000%60, n%1000, v[1], v[2])
	dst = fmt.Appendf(dst, `"context":{"ip":"%s","userAgent":"%s","locale":"fr-FR",`+
		`"page":{"path":"%s","title":"Boutique","url":"https://shop.example%s?step=%d"},`+
		`"traits":{"email":"%s","phone":"%s","firstName":"%s","lastName":"%s","street":"%s","city":"%s","loyalty":"%s","account":"%s",`+
		`"contract":"%s","plate":"%s","tier":"gold"},"device":{"advertisingId":"%s","session":"%s","push":"%s"}},`,
		v[3], pick(6, agents), pick(7, pages), pick(7, pages), s.draw(n, 8)%9,
		v[0], v[6], v[4], v[5], v[7], v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15])
	dst = fmt.Appendf(dst, `"properties":{"order_id":"%s","ticket":"%s","currency":"EUR","revenue":%d.%02d,"items":[`,
		v[16], v[17], s.draw(n, 9)%400, s.draw(n, 10)%100)
	dst = fmt.Appendf(dst, `{"sku":"SKU-%04d","name":"lampe \"Été\"","price":%d.9,"quantity":%d},`+
		`{"sku":"SKU-%04d","name":"vase","price":9.90,"quantity":1}],`,
		s.draw(n, 11)%10_000, 1+s.draw(n, 12)%90, 1+s.draw(n, 13)%4, s.draw(n, 14)%10_000)
	return fmt.Appendf(dst, `"coupon":null,"order_no":1234567890123456789012%08d,`+
		`"shipping":{"parcel":"%s","recipient":"%s","cost":4.90,"insured":false}}}`,
		n%100_000_000, v[18], v[19])
}

func indexOf(value []byte, text string) int { return bytes.Index(value, []byte(text)) }
