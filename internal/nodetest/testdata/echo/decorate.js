exports.decorate = (s) => `<${s}>`;
