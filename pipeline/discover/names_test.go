package discover

import "testing"

func TestLook(t *testing.T) {
	d, err := readDictionary()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		own, of string
		want    Kind // believed alone
	}{
		{"email", "", "email"}, {"customerEmail", "", "email"}, {"E-Mail-Adresse", "", "email"}, {"emails", "", "email"}, {"billing_email", "", "email"},
		{"useremail", "", "email"}, {"email_to", "", "email"}, {"courriel", "", "email"}, {"correo_electrónico", "", "email"},
		{"emailTemplateId", "", nothing}, {"template_id", "email", nothing},
		{"phoneNumber", "", "phone"}, {"numéro_de_téléphone", "", "phone"}, {"Telefonnummer", "", "phone"}, {"teléfono", "", "phone"}, {"tel", "", "phone"},
		{"firstName", "", firstName}, {"prénom", "client", firstName}, {"Vorname", "", firstName}, {"nombre_de_pila", "", ""}, {"nombre", "cliente", firstName},
		{"lastname", "", lastName}, {"nom_de_famille", "", lastName}, {"Nachname", "", lastName}, {"apellidos", "", lastName},
		{"name", "", ""}, {"name", "customers", personName}, {"name", "user", personName}, {"user_name", "", username}, {"name", "product", ""}, {"name", "library", ""}, {"fullName", "", personName}, {"name", "to", personName},
		{"id", "", ""}, {"id", "user", userID}, {"id", "device", deviceID}, {"id", "order", nothing}, {"userId", "", userID}, {"Kundennummer", "", userID}, {"customer_id", "", userID},
		{"orderId", "", nothing}, {"message_id", "", nothing}, {"sku", "", nothing},
		{"number", "mobilePhone", "phone"}, {"address", "personalEmail", "email"}, {"id", "CRMID", userID},
		{"IPAddress", "", ip}, {"ip", "context", ip}, {"description", "", ""}, {"shipped", "", ""}, {"zip_code", "", postcode}, {"Straße", "", street},
		{"date_de_naissance", "", birthDate}, {"Geburtsdatum", "", birthDate}, {"fechaNacimiento", "", birthDate}, {"dob", "", birthDate},
		{"numero_securite_sociale", "", "nir"}, {"mot_de_passe", "", secret}, {"user_agent", "", userAgent}, {"", "", ""}, {"名前", "", ""},
	} {
		got := d.look(tc.own, tc.of)
		if got.score < certain {
			got.kind = ""
		}
		if got.kind != tc.want {
			t.Errorf("%q of %q is %q (%d), want %q", tc.own, tc.of, got.kind, got.score, tc.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string][]string{
		"emailAddress": {"email", "address"}, "IPAddress": {"ip", "address"}, "street1": {"street", "1"}, "x-user-emails": {"x", "user", "email"},
		"Größe": {"grosse"}, "address": {"address"}, "prénom": {"prenom"}, "a.b_c": {"a", "b", "c"}, "ID": {"id"}, "userIDs": {"user", "id"},
	} {
		got := split(in)
		if len(got) != len(want) {
			t.Errorf("%q splits into %q, want %q", in, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q splits into %q, want %q", in, got, want)
			}
		}
	}
}
