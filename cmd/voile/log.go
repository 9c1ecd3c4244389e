package main

import (
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLog makes the logger: lines of JSON, or columns for a person where w is a terminal. The level is one of the
// configuration's, which has been checked.
func newLog(w io.Writer, level string) (*zap.Logger, error) {
	at, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.EncodeTime = zapcore.TimeEncoderOfLayout(time.RFC3339Nano)
	encoder.TimeKey = "time"
	form := zapcore.NewJSONEncoder
	if isTerminal(w) {
		form = zapcore.NewConsoleEncoder
		encoder.EncodeTime = zapcore.TimeEncoderOfLayout(time.TimeOnly)
		encoder.EncodeLevel = zapcore.CapitalColorLevelEncoder
	}
	return zap.New(zapcore.NewCore(form(encoder), zapcore.Lock(zapcore.AddSync(w)), at)), nil
}

// newAuditLog makes the log of what people do by the commands that can re-identify somebody: a line per use, with counts
// and names of the configuration and never a value. It writes at level info whatever log.level says, for such a line
// must not be configured away.
func newAuditLog(w io.Writer) (*zap.Logger, error) { return newLog(w, zapcore.InfoLevel.String()) }
