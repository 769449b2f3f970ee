"""The bill of materials: SPDX 2.3 as JSON, https://spdx.github.io/spdx-spec/v2.3/."""
import datetime
import hashlib
import json
import re
import urllib.parse
import uuid


def _identifier(text):
    """Letters, digits, dots and hyphens are all that an SPDX identifier may have."""
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def _purl(name, version, architecture):
    """https://github.com/package-url/purl-spec, type deb."""
    return f"pkg:deb/debian/{urllib.parse.quote(name)}@{urllib.parse.quote(version, safe='')}?arch={architecture}"


def _debian_package(package):
    name, version, architecture, source = package
    return {
        "SPDXID": _identifier(f"Package-{name}"), "name": name, "versionInfo": version,
        "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
        "sourceInfo": f"built from the Debian source package {source}",
        "licenseComments": f"/usr/share/doc/{name}/copyright",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": _purl(name, version, architecture)}]}


def document(name, version, architecture, epoch, linked, compiled_in):
    """The document as text. `linked`: packages whose files are in the image; `compiled_in`: of which only headers were used;
    each as (package, version, architecture, source). The same arguments give the same text."""
    main = {"SPDXID": _identifier(f"Package-{name}"), "name": name, "versionInfo": version,
            "supplier": "NOASSERTION", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "primaryPackagePurpose": "APPLICATION", "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
            "copyrightText": "NOASSERTION"}
    packages = {package[0]: package for package in [*linked, *compiled_in]}
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                  "relatedSpdxElement": main["SPDXID"]}]
    for kind, used in (("DEPENDS_ON", linked), ("STATIC_LINK", compiled_in)):
        relations += [{"spdxElementId": main["SPDXID"], "relationshipType": kind,
                       "relatedSpdxElement": _identifier(f"Package-{package[0]}")} for package in used]
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{name}-{version}-{architecture}",
        "creationInfo": {"created": created, "creators": [f"Tool: {name}-image"]},
        "packages": [main, *(_debian_package(packages[key]) for key in sorted(packages))],
        "relationships": relations}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    content["documentNamespace"] = uuid.uuid5(uuid.NAMESPACE_OID, digest).urn
    return json.dumps(content, indent=1) + "\n"
