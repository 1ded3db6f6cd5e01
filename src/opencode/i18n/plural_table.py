"""Plural forms of all languages CLDR knows, by what decides: written by `make plurals`.

A rule is the forms of 0 to 99, of 100 to 199 (which all larger numbers repeat), and of whole
millions: z zero, o one, t two, f few, m many, x other; `x14` is fourteen numbers in a row."""

RULES = {
    ("x100 | x100 | x1 "): """
        aa ab agq ann apc arn ba bas bew bgc bgn blt bm bo bss byn cad cch ccp cho cic co
        cop cu cv dav dje dua dyo dz ebu ewo frr gaa gez gn guz hnj id ie ig ii ja jbo jv
        kaa kam kde kea ken kgp khq ki kln km ko kok kpe ksf kxv la lkt lmo lo lrc ltg lu
        luo luy mai mdf mer mfe mgh mhn mi mic mni moh ms mua mus my myv mzn nds nmg nqo nus
        nv oc osa pis qu quc raj rhg rif rn rw sa sah sbp ses sg shn sid skr su szl tg th to
        tok tpi trv trw tt twq tyv vai vi vmw wal wbp wo xnr yav yo yrl yue za zgh zh
    """,
    ("x1 o1 x98 | x100 | x1 "): """
        af an asa ast az bal bem bez bg brx ce cgg chr ckb da de dv ee el en eo et eu fi fo
        fur fy gl gsw ha haw hu ia io jgo jmc ka kaj kcg kk kkj kl ks ksb ku ky lb lg lij
        mas mgo ml mn mr nb nd ne nl nn nnh no nr ny nyn om or os pap ps rm rof rwk saq sc
        sd sdh seh sn so sq ss ssy st sv sw syr ta te teo tig tk tn tr ts ug ur uz ve vo vun
        wae xh xog yi
    """,
    ("o2 x98 | x100 | x1 "): """
        ak am as bho bn csw doi fa ff gu hi hy kab kn ln mg nso pa pcm si ti wa zu
    """,
    ("z1 o1 t1 f8 m89 | x3 f8 m89 | x1 "): """
        ar
    """,
    (
        "m1 o1 f3 m16 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m5 "
        "| m1 o1 f3 m16 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 m6 o1 f3 "
        "m5 | m1 "
    ): """
        be ru uk
    """,
    ("z1 o1 x98 | x100 | x1 "): """
        blo ksh lag
    """,
    (
        "x1 o1 t1 f2 x4 f1 x11 o1 t1 f2 x4 f1 x1 o1 t1 f2 x4 f1 x1 o1 t1 f2 x4 f1 x1 o1 t1 f2 "
        "x4 f1 x1 o1 t1 f2 x4 f1 x11 o1 t1 f2 x4 f1 x10 | x1 o1 t1 f2 x4 f1 x11 o1 t1 f2 x4 "
        "f1 x1 o1 t1 f2 x4 f1 x1 o1 t1 f2 x4 f1 x1 o1 t1 f2 x4 f1 x1 o1 t1 f2 x4 f1 x11 o1 t1 "
        "f2 x4 f1 x10 | m1 "
    ): """
        br
    """,
    (
        "x1 o1 f3 x16 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x5 "
        "| x1 o1 f3 x16 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 x6 o1 f3 "
        "x5 | x1 "
    ): """
        bs hr sr
    """,
    ("x1 o1 x98 | x100 | m1 "): """
        ca es it lld scn vec
    """,
    (
        "o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 "
        "o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 "
        "o1 x1 o2 x1 | o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 "
        "x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 x1 o2 x1 o4 x1 o1 "
        "x1 o2 x1 o4 x1 o1 x1 o2 x1 | o1 "
    ): """
        ceb fil
    """,
    ("x1 o1 f3 x95 | x100 | x1 "): """
        cs sk
    """,
    ("z1 o1 t1 f1 x2 m1 x93 | x100 | x1 "): """
        cy
    """,
    ("x1 o1 t1 f2 x95 | x1 o1 t1 f2 x95 | x1 "): """
        dsb hsb sl
    """,
    ("o2 x98 | x100 | m1 "): """
        fr ht pt
    """,
    ("x1 o1 t1 f4 m4 x89 | x100 | x1 "): """
        ga
    """,
    ("x1 o1 t1 f8 o1 t1 f7 x80 | x100 | x1 "): """
        gd
    """,
    (
        "f1 o1 t1 x8 o1 t1 x7 f1 o1 t1 x8 o1 t1 x7 f1 o1 t1 x8 o1 t1 x7 f1 o1 t1 x8 o1 t1 x7 "
        "f1 o1 t1 x8 o1 t1 x7 | f1 o1 t1 x8 o1 t1 x7 f1 o1 t1 x8 o1 t1 x7 f1 o1 t1 x8 o1 t1 "
        "x7 f1 o1 t1 x8 o1 t1 x7 f1 o1 t1 x8 o1 t1 x7 | f1 "
    ): """
        gv
    """,
    ("x1 o1 t1 x97 | x100 | x1 "): """
        he iu naq sat se sma smj smn sms
    """,
    (
        "x1 o1 x19 o1 x9 o1 x9 o1 x9 o1 x9 o1 x9 o1 x9 o1 x9 o1 x8 | x1 o1 x19 o1 x9 o1 x9 o1 "
        "x9 o1 x9 o1 x9 o1 x9 o1 x9 o1 x8 | x1 "
    ): """
        is mk
    """,
    (
        "x1 o1 f8 x11 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 | "
        "x1 o1 f8 x11 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 x1 o1 f8 | "
        "x1 "
    ): """
        lt
    """,
    (
        "z1 o1 x8 z11 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 | "
        "z1 o1 x8 z11 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 z1 o1 x8 | "
        "z1 "
    ): """
        lv prg
    """,
    ("f1 o1 t1 f8 m9 x80 | x3 f8 m9 x80 | x1 "): """
        mt
    """,
    (
        "m1 o1 f3 m17 f3 m7 f3 m7 f3 m7 f3 m7 f3 m7 f3 m7 f3 m7 f3 m5 | m2 f3 m17 f3 m7 f3 m7 "
        "f3 m7 f3 m7 f3 m7 f3 m7 f3 m7 f3 m5 | m1 "
    ): """
        pl
    """,
    ("f1 o1 f18 x80 | x1 f19 x80 | x1 "): """
        ro
    """,
    ("o2 f9 x89 | x100 | x1 "): """
        shi
    """,
    ("o2 x9 o89 | x100 | x1 "): """
        tzm
    """,
}
