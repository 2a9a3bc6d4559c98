package authz_test

import data.authz

test_admin_is_allowed if authz.allow with input as {"user": {"roles": ["admin"]}}

test_guest_reads_docs if authz.allow with input as {"user": {"roles": []}, "method": "GET", "path": "/docs/intro"}

test_guest_writes_nothing if not authz.allow with input as {"user": {"roles": []}, "method": "PUT", "path": "/docs/intro"}
