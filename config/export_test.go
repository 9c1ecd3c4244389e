package config

// The rows of the reference that tests hold against the transform.
var (
	Removals        = removals
	Maskings        = maskings
	Generalizations = generalizations
)

// ReferenceFile is the whole file that the reference shows.
var ReferenceFile = referenceFile

// SettingNames are the names of all settings in the table.
func SettingNames() []string {
	var names []string
	for _, s := range allSections() {
		for _, r := range s.rows() {
			names = append(names, r.name)
		}
	}
	return names
}

// ProfileDomains are the domains that a profile expects, as YAML.
func ProfileDomains(name string) map[string]string {
	p, out := profile(name), map[string]string{}
	for i := range p.domains {
		out[p.domains[i].Name] = p.domains[i].suggestion()
	}
	return out
}

// ProfileNotes are the comments above the rules of a profile.
func ProfileNotes(name string) []string { return profile(name).notes }
