#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Generate the UAPI header and the kernel's policies of a family from its netlink spec.

Linux 6.1 has no split operations, so the output targets struct genl_ops: one
policy per operation, holding only the attributes that its request may carry.
Usage: gen.py SPEC uapi > FILE
       gen.py SPEC header > FILE
       gen.py SPEC source HEADER > FILE     HEADER: as the source includes it
"""
import sys
import textwrap

import yaml

def c_name(*parts):
    return "_".join(parts).replace("-", "_").upper()


def flat(doc):
    return " ".join(str(doc).split())


def kdoc(title, doc, members):
    out = ["/**", f" * {title} - {flat(doc)}"]
    for name, text in members:
        out += [" " + line for line in textwrap.wrap(
            f"* @{name}: {flat(text)}", 76, subsequent_indent="*\t")]
    return "\n".join(out + [" */"])


class Spec:
    def __init__(self, path):
        with open(path, encoding="utf-8") as spec:
            self.tree = yaml.safe_load(spec)
        self.note = f"/* Do not edit: generated from {path} by `make spec`. */"
        self.family = self.tree["name"]
        self.sets = {s["name"]: s for s in self.tree["attribute-sets"]}
        self.operations = self.tree["operations"]["list"]

    def attr(self, attr_set, name):
        return c_name(self.family, "a", attr_set, name)

    def cmd(self, op):
        return c_name(self.family, "cmd", op["name"])

    def numbered(self):
        """The operations, each with its number: one more than the last, unless it has a `value`."""
        number = 0
        for op in self.operations:
            number = op.get("value", number + 1)
            yield number, op

    @property
    def prefix(self):
        """Of functions and tables."""
        return self.family.replace("-", "_")


def uapi(spec):
    guard = c_name("_UAPI_LINUX", spec.family, "h")
    out = ["/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */",
           spec.note, f"#ifndef {guard}", f"#define {guard}", "",
           f'#define {c_name(spec.family, "family_name")}\t"{spec.family}"',
           f'#define {c_name(spec.family, "family_version")}\t1', ""]
    for enum in spec.tree["definitions"]:
        members = [(c_name(spec.family, enum["name"], e["name"]), e["doc"]) for e in enum["entries"]]
        out.append(kdoc(f"enum {c_name(spec.family, enum['name']).lower()}", enum["doc"], members))
        out.append(f"enum {c_name(spec.family, enum['name']).lower()} {{")
        for i, (name, _) in enumerate(members):
            out.append(f"\t{name} = {1 << i if enum['type'] == 'flags' else i},")
        out += ["};", ""]
    for attr_set in spec.sets.values():
        attrs = attr_set["attributes"]
        names = [(spec.attr(attr_set["name"], a["name"]), a.get("doc", "padding of 64-bit attributes")) for a in attrs]
        title = c_name(spec.family, "a", attr_set["name"])
        out.append(kdoc(f"enum {title.lower()}", attr_set["doc"], names))
        out.append(f"enum {title.lower()} {{")
        out += [f"\t{name} = {i + 1}," for i, (name, _) in enumerate(names)]
        out += ["", f"\t__{title}_MAX,", f"\t{title}_MAX = __{title}_MAX - 1,", "};", ""]
    ops = [(spec.cmd(op), op["doc"]) for op in spec.operations]
    title = c_name(spec.family, "cmd")
    out.append(kdoc(f"enum {title.lower()}", "Commands.", ops))
    out.append(f"enum {title.lower()} {{")
    out += [f"\t{spec.cmd(op)} = {number}," for number, op in spec.numbered()]
    out += ["", f"\t__{title}_MAX,", f"\t{title}_MAX = __{title}_MAX - 1,", "};"]
    groups = spec.tree.get("mcast-groups", {}).get("list", [])
    out += [""] * bool(groups)
    for group in groups:
        out.append(f'#define {c_name(spec.family, "mcgrp", group["name"])}\t"{group["name"]}"')
    out += ["", f"#endif /* {guard} */"]
    return "\n".join(out)


def policy_entry(spec, attr):
    kind = attr["type"]
    checks = attr.get("checks", {})
    if kind == "nest":
        return f"NLA_POLICY_NESTED({spec.prefix}_{attr['nested-attributes']}_policy)"
    if kind == "binary" and "exact-len" in checks:
        return f"NLA_POLICY_EXACT_LEN({checks['exact-len']})"
    if kind == "flag":
        return "{ .type = NLA_FLAG }"
    if kind == "string":
        return "{ .type = NLA_NUL_STRING, .len = 255 }"
    if "enum" in attr:
        enum = next(d for d in spec.tree["definitions"] if d["name"] == attr["enum"])
        if enum["type"] == "flags":
            return f"NLA_POLICY_MASK(NLA_U32, {(1 << len(enum['entries'])) - 1:#x})"
        return f"NLA_POLICY_MAX(NLA_U32, {len(enum['entries']) - 1})"
    if "max" in checks:
        if is_wide(attr):
            return f"NLA_POLICY_FULL_RANGE(NLA_{kind.upper()}, &{range_name(attr)})"
        return f"NLA_POLICY_RANGE(NLA_{kind.upper()}, {checks.get('min', 0)}, {checks['max']})"
    return f"{{ .type = NLA_{kind.upper()} }}"


def is_wide(attr):
    """The policy itself has 16 bits with a sign for each end of a range."""
    return attr.get("checks", {}).get("max", 0) > 32767


def range_name(attr):
    return f"range_{attr['checks'].get('min', 0)}_{attr['checks']['max']}"


def ranges(spec):
    """Those that a policy has not got room for, in the order of their first use; Linux 6.1 wants them not to be const."""
    wide = {range_name(attr): attr["checks"] for s in spec.sets.values() for attr in s["attributes"] if is_wide(attr)}
    for name, checks in wide.items():
        yield f"static struct netlink_range_validation {name} = {{"
        yield from (f"\t.{end} = {checks[end]}," for end in ("min", "max") if checks.get(end))
        yield from ("};", "")


def requests(op):
    for mode in ("do", "dump"):
        if mode in op:
            yield mode, op[mode].get("request", {}).get("attributes", [])


def handler(spec, op, mode):
    return f"{spec.prefix}_nl_{op['name'].replace('-', '_')}_{mode}it"


def nested_sets(spec):
    return sorted({a["nested-attributes"] for s in spec.sets.values() for a in s["attributes"] if a["type"] == "nest"})


def header(spec):
    guard = c_name("", spec.family, "netlink_gen_h")
    out = ["/* SPDX-License-Identifier: GPL-2.0-only */", spec.note, f"#ifndef {guard}", f"#define {guard}", "",
           "#include <net/genetlink.h>", f"#include <uapi/{spec.tree['uapi-header']}>", ""]
    for name in nested_sets(spec):
        out.append(f"extern const struct nla_policy {spec.prefix}_{name}_policy[{c_name(spec.family, 'a', name, 'max')} + 1];")
    out += [""] * bool(nested_sets(spec))
    for op in spec.operations:
        for mode, _ in requests(op):
            args = ("struct sk_buff *skb, struct genl_info *info" if mode == "do"
                    else "struct sk_buff *skb, struct netlink_callback *cb")
            out.append(f"int {handler(spec, op, mode)}({args});")
    count = sum(1 for op in spec.operations if "do" in op)
    ops = c_name(spec.family, "nl_ops")
    out += ["", f"#define {ops}\t{count}", f"extern const struct genl_ops {ops.lower()}[{ops}];", "",
            f"#endif /* {guard} */"]
    return "\n".join(out)


def source(spec, include):
    out = ["// SPDX-License-Identifier: GPL-2.0-only", spec.note, f'#include "{include}"', "", *ranges(spec)]
    for name in nested_sets(spec):
        top = c_name(spec.family, "a", name, "max")
        out.append(f"const struct nla_policy {spec.prefix}_{name}_policy[{top} + 1] = {{")
        for attr in spec.sets[name]["attributes"]:
            if attr["type"] != "pad":
                out.append(f"\t[{spec.attr(name, attr['name'])}] = {policy_entry(spec, attr)},")
        out += ["};", ""]
    table = []
    for op in spec.operations:
        if "do" not in op:
            continue
        attr_set = spec.sets[op["attribute-set"]]
        wanted = op["do"].get("request", {}).get("attributes", [])
        entry = [f"\t\t.cmd = {spec.cmd(op)},"]
        entry += [f"\t\t.{mode}it = {handler(spec, op, mode)}," for mode, _ in requests(op)]
        policy = f"{op['name'].replace('-', '_')}_policy"
        if wanted:
            attrs = {a["name"]: a for a in attr_set["attributes"]}
            indexes = [list(attrs).index(name) + 1 for name in wanted]
            last = list(attrs)[max(indexes) - 1]
            top = spec.attr(attr_set["name"], last)
            out.append(f"static const struct nla_policy {policy}[{top} + 1] = {{")
            out += [f"\t[{spec.attr(attr_set['name'], n)}] = {policy_entry(spec, attrs[n])}," for n in wanted]
            out += ["};", ""]
            entry += [f"\t\t.policy = {policy},", f"\t\t.maxattr = {top},"]
        else:
            out += [f"static const struct nla_policy {policy}[] = {{",
                    f"\t[{spec.attr(attr_set['name'], 'pad')}] = {{ .type = NLA_REJECT }},", "};", ""]
            entry += [f"\t\t.policy = {policy},", f"\t\t.maxattr = {spec.attr(attr_set['name'], 'pad')},"]
        if "admin-perm" in op.get("flags", []):
            entry.append("\t\t.flags = GENL_ADMIN_PERM,")
        table += ["\t{"] + entry + ["\t},"]
    ops = c_name(spec.family, "nl_ops")
    out += [f"const struct genl_ops {ops.lower()}[{ops}] = {{"] + table + ["};"]
    return "\n".join(out)


def main():
    path, what, *more = sys.argv[1:] if len(sys.argv) > 2 else ("", "")
    if what not in ("uapi", "header", "source") or len(more) != (what == "source"):
        sys.exit(__doc__)
    print({"uapi": uapi, "header": header, "source": source}[what](Spec(path), *more))


if __name__ == "__main__":
    main()
