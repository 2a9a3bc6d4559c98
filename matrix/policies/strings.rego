package matrix.strings

p := [split(input.path, "/"), upper("straße"), trim_space(" x "), replace("a.b", ".", "/"), indexof("häuser", "u"), sprintf("%5.2f|%-4s|%v", [3.14159, "x", {1, 2}])]
