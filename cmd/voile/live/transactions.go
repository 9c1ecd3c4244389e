package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"voile/pipeline/wire"
)

// judgeTransactionalIDs judges whether each group may have its transactional ids, without which nothing is written: they
// fence out who had a partition before, whatever the delivery.
func (l *look) judgeTransactionalIDs(errs map[string]error) (findings []Finding) {
	for _, group := range l.groupNames() {
		findings = append(findings, l.judgeTransactionalID(group, errs[group]))
	}
	return findings
}

const codeInvalidTransactionTimeout = 50

func (l *look) judgeTransactionalID(group string, err error) Finding {
	const check = "kafka.transactional_id"
	prefix := wire.TransactionalPrefix(group)
	subject := "transactional ids " + prefix + "…"
	if err == nil {
		var deliveries []string
		for _, r := range l.config.Routes {
			if d := strings.ReplaceAll(r.Delivery, "_", " "); r.Group == group && !slices.Contains(deliveries, d) {
				deliveries = append(deliveries, d)
			}
		}
		return well(check, subject, "may write; "+strings.Join(deliveries, ", "))
	}
	if wire.Forbidden(err) {
		return failed(check, subject, Stops, l.principal+" may not write under them", "allow it").
			allow(ACL{Operation: "Write", Type: "transactional-id", Name: prefix, Prefixed: true})
	}
	detail, do := explain(err)
	e := (*wire.Error)(nil)
	switch {
	case errors.As(err, &e) && e.Code == codeInvalidTransactionTimeout:
		detail = fmt.Sprintf("limits.transaction_timeout is %s, which is above the brokers' transaction.max.timeout.ms", l.config.Limits.TransactionTimeout)
		do = "lower limits.transaction_timeout, or raise transaction.max.timeout.ms"
	case wire.ClassOf(err) == wire.ClassCoordinator:
		do = "the brokers keep transactions in the topic __transaction_state: it needs as many brokers as transaction.state.log.replication.factor says when it is made, and transaction.state.log.min.isr of them in sync"
	}
	return failed(check, subject, atStart(err), detail, do)
}
