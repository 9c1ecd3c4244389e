package config

// What the reference needs of the forms: which sections there are, and what stands in them.

// A sectionOutline is a section whatever it fills.
type sectionOutline interface {
	head() (title, doc string)
	rows() []row
}

// A row is one setting in the reference.
type row struct {
	name string
	about
	of outline
}

func (s *section[S]) head() (title, doc string) { return s.title, s.doc }

func (s *section[S]) rows() []row {
	rows := make([]row, len(s.settings))
	for i, t := range s.settings {
		rows[i] = row{t.name, t.about, t.outline}
	}
	return rows
}

func (s *section[S]) sections() []sectionOutline { return []sectionOutline{s} }

func (f scalarForm[T]) sections() []sectionOutline { return nil }

func (secretForm) sections() []sectionOutline { return []sectionOutline{secretSources} }

func (l listForm[T]) sections() []sectionOutline { return l.of.sections() }

func (t tableForm[T]) sections() []sectionOutline { return t.of.sections() }

func (o optional[T]) sections() []sectionOutline { return o.of.sections() }

func (s switchable[T]) sections() []sectionOutline { return s.of.sections() }

func (o offForm[T]) sections() []sectionOutline { return o.of.sections() }
